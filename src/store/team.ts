/** Who works in a workspace, and who was asked to. As the system role, as accounts.ts. */
import { createHash } from 'node:crypto'
import type { Store } from './store.ts'

export type Role = 'owner' | 'member'

export interface TeamMember {
  user_id: string
  email_address: string | null
  full_name: string | null
  role: Role
  is_invitation_pending: boolean
  /** Null for those who have not come yet. */
  joined_at: string | null
}

export interface Invitation {
  workspace_id: string
  /** Of the account that accepting makes, where there is none yet. */
  user_id: string
  email_address: string
  full_name: string | null
  role: Role
  expires_at: string
}

/** What of an invitation's token is kept. */
function hashOf(token: string): string {
  return createHash('sha256').update(`console invitation ${token}`).digest('hex')
}

/** Members in the order they came, then those who are invited. */
export function teamOf(store: Store, workspaceId: string): Promise<TeamMember[]> {
  return store.system<TeamMember>(
    `SELECT m.user_id, u.email_address, u.full_name, m.role, false AS is_invitation_pending, m.created_at AS joined_at
       FROM workspace_member m JOIN app_user u USING (user_id) WHERE m.workspace_id = $1
      UNION ALL
     SELECT user_id, email_address, full_name, role, true, NULL FROM console_invitation WHERE workspace_id = $1
      ORDER BY joined_at NULLS LAST, email_address, user_id`,
    [workspaceId],
  )
}

export async function roleIn(store: Store, workspaceId: string, userId: string): Promise<Role | undefined> {
  const rows = await store.system<{ role: Role }>(
    'SELECT role FROM workspace_member WHERE workspace_id = $1 AND user_id = $2',
    [workspaceId, userId],
  )
  return rows[0]?.role
}

/** Whether a user is a member of some workspace that the other one owns. */
export async function isKnownToOwner(store: Store, ownerId: string, userId: string): Promise<boolean> {
  const rows = await store.system(
    `SELECT 1 AS known FROM workspace_member o JOIN workspace_member m USING (workspace_id)
      WHERE o.user_id = $1 AND o.role = 'owner' AND m.user_id = $2 LIMIT 1`,
    [ownerId, userId],
  )
  return rows.length > 0
}

/** Makes somebody a member. Answers whether they were none. */
export async function insertMember(
  store: Store,
  member: { workspace_id: string; user_id: string; role: Role },
  now: string,
): Promise<boolean> {
  const rows = await store.system(
    `WITH over AS (DELETE FROM console_invitation i USING app_user u
       WHERE i.workspace_id = $1 AND u.user_id = $2 AND lower(i.email_address) = lower(u.email_address))
     INSERT INTO workspace_member (workspace_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING RETURNING 1 AS made`,
    [member.workspace_id, member.user_id, member.role, now],
  )
  return rows.length > 0
}

/** Keeps an invitation; one that its address had in this workspace is worth nothing any more. Answers the id it is known by. */
export async function insertInvitation(
  store: Store,
  invitation: Invitation & { invited_by_user_id: string },
  token: string,
  now: string,
): Promise<string> {
  const i = invitation
  const rows = await store.system<{ user_id: string }>(
    `INSERT INTO console_invitation (workspace_id, user_id, email_address, full_name, role, token_hash, invited_by_user_id, expires_at, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (workspace_id, lower(email_address)) DO UPDATE
       SET email_address = excluded.email_address, full_name = excluded.full_name, role = excluded.role, token_hash = excluded.token_hash,
           invited_by_user_id = excluded.invited_by_user_id, expires_at = excluded.expires_at
     RETURNING user_id`,
    [
      i.workspace_id,
      i.user_id,
      i.email_address,
      i.full_name,
      i.role,
      hashOf(token),
      i.invited_by_user_id,
      i.expires_at,
      now,
    ],
  )
  return rows[0]?.user_id ?? i.user_id
}

/** The invitation of a token that is good still. */
export async function findInvitation(
  store: Store,
  token: string,
  now: string,
): Promise<(Invitation & { workspace_name: string }) | undefined> {
  const rows = await store.system<Invitation & { workspace_name: string }>(
    `SELECT i.workspace_id, i.user_id, i.email_address, i.full_name, i.role, i.expires_at, w.name AS workspace_name
       FROM console_invitation i JOIN workspace w USING (workspace_id) WHERE i.token_hash = $1 AND i.expires_at > $2`,
    [hashOf(token), now],
  )
  return rows[0]
}

/**
 * Uses an invitation up: its account becomes a member, and is made where `made` says what of. Answers whether it was there.
 * @throws ConstraintViolation when somebody else has made an account with the address meanwhile
 */
export async function takeInvitation(
  store: Store,
  token: string,
  userId: string,
  made: { full_name: string; password_hash: string } | null,
  now: string,
): Promise<boolean> {
  const account =
    made === null
      ? ''
      : `account AS (
           INSERT INTO app_user (user_id, email_address, full_name, password_hash, created_at)
           SELECT $3::uuid, t.email_address, $4, $5, $2::timestamptz FROM taken t),`
  const rows = await store.systemCommand<{ taken: number }>(
    `WITH taken AS (
       DELETE FROM console_invitation WHERE token_hash = $1 AND expires_at > $2::timestamptz RETURNING workspace_id, email_address, role),
     ${account}
     member AS (
       INSERT INTO workspace_member (workspace_id, user_id, role, created_at)
       SELECT t.workspace_id, $3::uuid, t.role, $2::timestamptz FROM taken t ON CONFLICT DO NOTHING)
     SELECT count(*)::int AS taken FROM taken`,
    [hashOf(token), now, userId, ...(made === null ? [] : [made.full_name, made.password_hash])],
  )
  return (rows[0]?.taken ?? 0) > 0
}

/** Takes somebody out of a workspace, or back what invited them. @throws ConstraintViolation for the last owner */
export async function removeMember(store: Store, workspaceId: string, userId: string): Promise<boolean> {
  const rows = await store.systemCommand<{ gone: number }>(
    `WITH member AS (DELETE FROM workspace_member WHERE workspace_id = $1 AND user_id = $2 RETURNING 1),
     invited AS (DELETE FROM console_invitation WHERE workspace_id = $1 AND user_id = $2 RETURNING 1)
     SELECT ((SELECT count(*) FROM member) + (SELECT count(*) FROM invited))::int AS gone`,
    [workspaceId, userId],
  )
  return (rows[0]?.gone ?? 0) > 0
}
