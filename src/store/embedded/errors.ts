export type EmbeddedDatabaseErrorCode =
  | 'binaries_missing'
  | 'account_missing'
  | 'wrong_owner'
  | 'wrong_version'
  | 'folder_in_use'
  | 'folder_unusable'
  | 'password_missing'
  | 'initdb_failed'
  | 'start_failed'
  | 'stop_failed'
  | 'crashed'

/** A failure of the private database. The message says what happened and what to do about it. */
export class EmbeddedDatabaseError extends Error {
  readonly code: EmbeddedDatabaseErrorCode

  constructor(code: EmbeddedDatabaseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EmbeddedDatabaseError'
    this.code = code
  }
}

export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** Runs something whose failure with one of these codes is an answer, not an error. */
export async function unlessErrno<T>(codes: string[], work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (codes.includes(errnoOf(error) ?? '')) return undefined
    throw error
  }
}
