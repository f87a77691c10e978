/** An Instant Key as it goes over the wire, and the address of its page. */
import type { InstantKeyRecord, Json, WorkspaceRecord } from '../records.ts'

/** `publicUrl` is the server's base URL as its callers see it, without a trailing slash. */
export function instantKeyUrl(publicUrl: string, shortCode: string): string {
  return `${publicUrl}/ik/${shortCode}`
}

/** The short code in the address of an Instant Key of any host, or null when it is no such address. */
export function shortCodeOf(instantKeyUrl: string): string | null {
  const path = URL.canParse(instantKeyUrl) ? new URL(instantKeyUrl).pathname : ''
  return /\/([A-Z0-9]{6,})\/?$/i.exec(path)?.[1]?.toUpperCase() ?? null
}

export function presentInstantKey(key: InstantKeyRecord, publicUrl: string): Json {
  return {
    instant_key_id: key.instant_key_id,
    workspace_id: key.workspace_id,
    instant_key_url: instantKeyUrl(publicUrl, key.short_code),
    client_session_id: key.client_session_id,
    user_identity_id: key.user_identity_id,
    ...(key.customization_profile_id === null ? {} : { customization_profile_id: key.customization_profile_id }),
    expires_at: key.expires_at,
    created_at: key.created_at,
  }
}

/** How the page looks: the colour that the workspace gives its buttons, where it gives one. */
export function customizationOf({ connect_webview_customization: look }: WorkspaceRecord): Json {
  const { primary_button_color } = look
  return typeof primary_button_color === 'string' ? { primary_color: primary_button_color } : {}
}
