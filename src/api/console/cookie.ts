/** The cookie that holds a console session's token. Never readable by script, never sent along from another site. */
import { LONGEST_MS } from '../../store/console-sessions.ts'

const NAME = 'lockstitch_console_session'
/** 256 bits in base64url, as makeSessionToken makes them. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/

/** Over https browsers keep the cookie to this very host, and let no page of a neighbouring host set it. */
function nameFor(publicUrl: string): string {
  return publicUrl.startsWith('https:') ? `__Host-${NAME}` : NAME
}

/** The token in a request's cookies; undefined = none. */
export function sessionTokenIn(cookies: string | string[] | undefined, publicUrl: string): string | undefined {
  const name = nameFor(publicUrl)
  const text = Array.isArray(cookies) ? cookies.join(';') : (cookies ?? '')
  for (const part of text.split(';')) {
    const at = part.indexOf('=')
    if (at === -1 || part.slice(0, at).trim() !== name) continue
    const value = part.slice(at + 1).trim()
    if (TOKEN.test(value)) return value
  }
  return undefined
}

/** What sets the cookie; null takes it away. */
export function sessionCookie(token: string | null, publicUrl: string): string {
  const isSecure = publicUrl.startsWith('https:')
  const seconds = token === null ? 0 : LONGEST_MS / 1000
  return `${nameFor(publicUrl)}=${token ?? ''}; Path=/; Max-Age=${String(seconds)}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`
}
