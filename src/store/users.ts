/** People with an account: who they are, what they prove it with, where they belong. As the system role, as accounts.ts. */
import type { ConsoleUser } from './console-sessions.ts'
import type { Store } from './store.ts'

export interface Account extends ConsoleUser {
  password_hash: string | null
}

const ACCOUNT = 'user_id, email_address, full_name, password_hash'

export async function accountByEmail(store: Store, emailAddress: string): Promise<Account | undefined> {
  const rows = await store.system<Account>(`SELECT ${ACCOUNT} FROM app_user WHERE lower(email_address) = lower($1)`, [
    emailAddress,
  ])
  return rows[0]
}

export async function accountById(store: Store, userId: string): Promise<Account | undefined> {
  const rows = await store.system<Account>(`SELECT ${ACCOUNT} FROM app_user WHERE user_id = $1`, [userId])
  return rows[0]
}

/** Keeps another hash of the same password, unless the password has changed meanwhile. */
export async function keepRehash(store: Store, userId: string, before: string, after: string): Promise<void> {
  await store.system('UPDATE app_user SET password_hash = $3 WHERE user_id = $1 AND password_hash = $2', [
    userId,
    before,
    after,
  ])
}

/** Gives a user e-mail address, name and password, so that they can sign in. @throws ConstraintViolation when another has the address */
export async function makeAccount(
  store: Store,
  account: Account & { password_hash: string; has_first_password?: boolean },
  now: string,
): Promise<void> {
  await store.systemCommand(
    `INSERT INTO app_user (user_id, email_address, full_name, password_hash, has_first_password, created_at) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (user_id) DO UPDATE SET email_address = excluded.email_address, full_name = excluded.full_name,
       password_hash = excluded.password_hash, has_first_password = excluded.has_first_password`,
    [
      account.user_id,
      account.email_address,
      account.full_name,
      account.password_hash,
      account.has_first_password ?? false,
      now,
    ],
  )
}

/** Sets another name or e-mail address. @throws ConstraintViolation when another has the address */
export async function updateAccount(
  store: Store,
  { user_id, email_address, full_name }: Pick<Account, 'user_id' | 'email_address' | 'full_name'>,
): Promise<void> {
  await store.systemCommand('UPDATE app_user SET email_address = $2, full_name = $3 WHERE user_id = $1', [
    user_id,
    email_address,
    full_name,
  ])
}

/** Sets another password and ends the user's sessions but `exceptId`: whoever had the old one is out. */
export async function setPassword(
  store: Store,
  userId: string,
  passwordHash: string,
  exceptId: string | null,
): Promise<void> {
  await store.system(
    `WITH ended AS (DELETE FROM console_session WHERE user_id = $1 AND console_session_id IS DISTINCT FROM $3::uuid)
     UPDATE app_user SET password_hash = $2, has_first_password = false WHERE user_id = $1`,
    [userId, passwordHash, exceptId],
  )
}

/** Whether anybody can sign in, and whether somebody does so with the password that lies in the data folder. */
export async function accountsThere(store: Store): Promise<{ any: boolean; first: boolean }> {
  const [row] = await store.system<{ any: boolean; first: boolean }>(
    `SELECT count(*) > 0 AS any, coalesce(bool_or(has_first_password), false) AS first FROM app_user WHERE password_hash IS NOT NULL`,
  )
  return row ?? { any: false, first: false }
}

/** The owner of a workspace who has been one longest. */
export async function ownerOf(store: Store, workspaceId: string): Promise<string | undefined> {
  const rows = await store.system<{ user_id: string }>(
    `SELECT user_id FROM workspace_member WHERE workspace_id = $1 AND role = 'owner' ORDER BY created_at, user_id LIMIT 1`,
    [workspaceId],
  )
  return rows[0]?.user_id
}
