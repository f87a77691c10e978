/** Addresses outside the pages of a workspace. */

export const BASE = '/console'

/** First steps and API reference, which the server hands out beside the console. */
export const DOCS = '/docs/first-steps'

/** The workspace that the address names, if it does. */
export function workspaceOfAddress(): string | null {
  return /^\/console\/w\/([^/]+)/.exec(window.location.pathname)?.[1] ?? null
}

export const addressOfWorkspace = (workspaceId: string): string => `${BASE}/w/${workspaceId}`

/** Loads the console anew in another workspace: nothing of the one before stays in memory. */
export function openWorkspace(workspaceId: string): void {
  window.location.assign(addressOfWorkspace(workspaceId))
}

/** The token of an invitation, from the fragment, which no server and no log sees. */
export function invitationOfAddress(): string | null {
  return new URLSearchParams(window.location.hash.slice(1)).get('invitation')
}

const LAST = 'lockstitch.last_workspace_id'

export const lastWorkspace = (): string | null => read(LAST)
export const rememberWorkspace = (workspaceId: string): void => write(LAST, workspaceId)

/** Browsers that keep nothing (private windows, policies) throw: then nothing is remembered. */
export function read(key: string): string | null {
  try {
    return window.localStorage.getItem(key)
  } catch {
    return null
  }
}

export function write(key: string, value: string): void {
  try {
    window.localStorage.setItem(key, value)
  } catch {
    // Not remembered.
  }
}
