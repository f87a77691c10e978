/** Signed-in browsers. All of it as the system role: a session is of a user, and of no workspace. */
import { createHash } from 'node:crypto'
import { toIso } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Store } from './store.ts'

/** A session that nobody uses for so long is over ... */
export const IDLE_MS = 12 * 3_600_000
/** ... and any is, so long after the sign-in. */
export const LONGEST_MS = 7 * 24 * 3_600_000
/** When a session was last used is noted no more often. */
const NOTED_EVERY_MS = 60_000
/** Sessions of one user: the one that was quiet longest ends when there are more. */
const MOST_SESSIONS = 50
/** A longer user agent is cut: it is shown to people, to tell their browsers apart. */
const LONGEST_USER_AGENT = 300

export interface ConsoleSession {
  console_session_id: string
  user_id: string
  user_agent: string | null
  last_seen_at: string
  created_at: string
}

export interface ConsoleUser {
  user_id: string
  email_address: string
  full_name: string | null
}

/** A new token, as it goes into the cookie: 256 random bits. */
export function makeSessionToken(ids: Ids): string {
  return ids.bytes(32).toString('base64url')
}

/** What of a token is kept. */
export function hashSessionToken(token: string): string {
  return createHash('sha256').update(`console session ${token}`).digest('hex')
}

/** The token that a page shows with each request: whoever has it has read the session's answers, which other sites cannot. */
export function csrfTokenOf(token: string): string {
  return createHash('sha256').update(`console csrf ${token}`).digest('base64url')
}

/** When a session ends unless it is used. */
export function sessionEndsAt({ last_seen_at, created_at }: ConsoleSession): number {
  return Math.min(Date.parse(last_seen_at) + IDLE_MS, Date.parse(created_at) + LONGEST_MS)
}

/** Begins a session; the one that the same browser had, `replaces`, ends. */
export async function insertSession(
  store: Store,
  session: ConsoleSession,
  token: string,
  replaces: string | null,
): Promise<void> {
  await store.system(
    `WITH gone AS (
       DELETE FROM console_session WHERE token_hash = $7
          OR console_session_id IN (SELECT console_session_id FROM console_session WHERE user_id = $2 ORDER BY last_seen_at DESC OFFSET ${String(MOST_SESSIONS - 1)}))
     INSERT INTO console_session (console_session_id, user_id, token_hash, user_agent, last_seen_at, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
    [
      session.console_session_id,
      session.user_id,
      hashSessionToken(token),
      session.user_agent?.slice(0, LONGEST_USER_AGENT) ?? null,
      session.last_seen_at,
      session.created_at,
      replaces === null ? null : hashSessionToken(replaces),
    ],
  )
}

/** The session of a token, noted as used; undefined = there is none, or it is over. */
export async function findSession(store: Store, token: string, nowMs: number): Promise<ConsoleSession | undefined> {
  const [session] = await store.system<ConsoleSession>(
    'SELECT console_session_id, user_id, user_agent, last_seen_at, created_at FROM console_session WHERE token_hash = $1',
    [hashSessionToken(token)],
  )
  if (session === undefined || sessionEndsAt(session) <= nowMs) return undefined
  if (Date.parse(session.last_seen_at) + NOTED_EVERY_MS > nowMs) return session
  const last_seen_at = toIso(nowMs)
  await store.system(
    'UPDATE console_session SET last_seen_at = $2 WHERE console_session_id = $1 AND last_seen_at < $2',
    [session.console_session_id, last_seen_at],
  )
  return { ...session, last_seen_at }
}

/** A user's sessions, the one used last first. */
export async function sessionsOfUser(store: Store, userId: string, nowMs: number): Promise<ConsoleSession[]> {
  const sessions = await store.system<ConsoleSession>(
    `SELECT console_session_id, user_id, user_agent, last_seen_at, created_at FROM console_session
      WHERE user_id = $1 ORDER BY last_seen_at DESC, console_session_id`,
    [userId],
  )
  return sessions.filter((session) => sessionEndsAt(session) > nowMs)
}

/** Which of these sessions go on at `nowMs`, with their users. */
export async function sessionsAlive(
  store: Store,
  sessionIds: readonly string[],
  nowMs: number,
): Promise<ReadonlySet<string>> {
  if (sessionIds.length === 0) return new Set()
  const sessions = await store.system<ConsoleSession>(
    `SELECT console_session_id, user_id, user_agent, last_seen_at, created_at FROM console_session
      WHERE console_session_id = ANY($1::uuid[])`,
    [sessionIds],
  )
  return new Set(sessions.filter((one) => sessionEndsAt(one) > nowMs).map((one) => one.console_session_id))
}

/** Ends one session of a user. Answers whether there was one. */
export async function endSession(store: Store, userId: string, sessionId: string): Promise<boolean> {
  const gone = await store.system(
    'DELETE FROM console_session WHERE user_id = $1 AND console_session_id = $2 RETURNING 1 AS gone',
    [userId, sessionId],
  )
  return gone.length > 0
}

/** Ends all sessions of a user, or all but one. */
export async function endSessions(store: Store, userId: string, exceptId: string | null = null): Promise<void> {
  await store.system(
    'DELETE FROM console_session WHERE user_id = $1 AND console_session_id IS DISTINCT FROM $2::uuid',
    [userId, exceptId],
  )
}

/** Removes what is over: sessions, and invitations that nobody took up for long. */
export async function sweepConsole(store: Store, nowMs: number): Promise<void> {
  await store.system('DELETE FROM console_session WHERE last_seen_at <= $1 OR created_at <= $2', [
    toIso(nowMs - IDLE_MS),
    toIso(nowMs - LONGEST_MS),
  ])
  // An owner still sees for a while that an invitation was never taken up.
  await store.system('DELETE FROM console_invitation WHERE expires_at <= $1', [toIso(nowMs - 30 * 24 * 3_600_000)])
}
