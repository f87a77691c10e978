/** What a command of `npm run lockstitch -- <command>` is. */
import { parseArgs, type ParseArgsConfig } from 'node:util'

/** Everything is as it should be; something is not, and was named; the command was called wrongly or cannot run. */
export const OK = 0
export const BROKEN = 1
export const WRONG_USAGE = 2

export interface Command {
  /** The words that call it, e.g. `audit verify`. */
  name: string
  /** One line for the list of commands. */
  summary: string
  /** What `--help` prints below the summary. */
  help: string
  options: NonNullable<ParseArgsConfig['options']>
  /** Answers the exit code. */
  run(options: Options, io: Io): Promise<number>
}

export interface Io {
  env: Record<string, string | undefined>
  /** For the result. */
  out: (line: string) => void | Promise<void>
  /** For what an operator should know beside it. */
  tell: (line: string) => void
}

/** Called wrongly: the message says what would be right. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** The options of a call, checked against those that the command has. */
export class Options {
  readonly #values: Record<string, unknown>

  constructor(args: readonly string[], options: Command['options']) {
    try {
      const known = { ...options, help: { type: 'boolean' } } as const
      this.#values = parseArgs({ args: [...args], options: known, strict: true, allowPositionals: false }).values
    } catch (error) {
      throw new UsageError(error instanceof Error ? error.message : String(error))
    }
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined
  }

  text(name: string): string | undefined {
    const value = this.#values[name]
    return typeof value === 'string' ? value : undefined
  }

  /** An id, in lower case. @throws UsageError */
  id(name: string): string | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value))
      throw new UsageError(`--${name} takes an id (a UUID), not "${value}".`)
    return value.toLowerCase()
  }

  requiredId(name: string): string {
    const value = this.id(name)
    if (value === undefined) throw new UsageError(`--${name} is required.`)
    return value
  }
}
