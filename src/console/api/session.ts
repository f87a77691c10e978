/** Who is signed in. The session itself is a cookie that no script can read; this is what the server says of it. */
import { useSyncExternalStore } from 'react'
import { ApiError, call, setCsrfToken } from './client.ts'
import type { ConsoleSession } from './routes.ts'

type SessionState =
  | { status: 'unknown' }
  | { status: 'failed'; error: Error }
  | { status: 'signed_out' }
  | { status: 'signed_in'; session: ConsoleSession }

let state: SessionState = { status: 'unknown' }
const listeners = new Set<() => void>()

function become(next: SessionState): void {
  state = next
  setCsrfToken(next.status === 'signed_in' ? next.session.csrf_token : null)
  for (const listener of listeners) listener()
}

export function useSession(): SessionState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => state,
  )
}

export const beSignedIn = (session: ConsoleSession): void => become({ status: 'signed_in', session })
export const beSignedOut = (): void => become({ status: 'signed_out' })

/** Asks the server who is signed in. */
export async function resume(): Promise<void> {
  try {
    beSignedIn((await call('/console/sessions/get', {}, { withoutWorkspace: true })).console_session)
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) beSignedOut()
    else become({ status: 'failed', error: error as Error })
  }
}

export async function signOut(everywhere: boolean): Promise<void> {
  if (everywhere) await call('/console/sessions/delete_all', {}, { withoutWorkspace: true })
  else await call('/console/sessions/delete', {}, { withoutWorkspace: true })
  beSignedOut()
}
