/** Which access-system resources a caller sees, as conditions of a list or a read (core.md 1.7, section 3). */
import type { Conditions } from './conditions.ts'

export type AcsScope =
  /** Keys and access tokens see the workspace. */
  | { kind: 'workspace' }
  /** A client session sees its accounts, and what its identity owns or may open. */
  | { kind: 'identity'; user_identity_id: string | null; connected_account_ids: readonly string[] }
  /** A customer's session sees what belongs to that customer. */
  | { kind: 'customer'; customer_key: string }

/** Doors that an identity may open: of its live grants, and of its users by groups, links and credentials. */
const DOORS_OF_IDENTITY = (identity: string): string => `
  SELECT unnest(g.door_ids) FROM access_grant g WHERE g.workspace_id = $1 AND g.user_identity_id = ${identity} AND NOT g.is_ended
  UNION SELECT unnest(u.acs_entrance_ids) FROM acs_user u WHERE u.workspace_id = $1 AND u.user_identity_id = ${identity}
  UNION SELECT unnest(a.acs_entrance_ids) FROM acs_user u
    JOIN acs_access_group a ON a.workspace_id = u.workspace_id AND a.acs_access_group_id = ANY(u.acs_access_group_ids) AND NOT a.is_deleting
    WHERE u.workspace_id = $1 AND u.user_identity_id = ${identity}
  UNION SELECT unnest(c.acs_entrance_ids) FROM acs_user u
    JOIN acs_credential c ON c.workspace_id = u.workspace_id AND c.acs_user_id = u.acs_user_id AND NOT c.is_deleting
    WHERE u.workspace_id = $1 AND u.user_identity_id = ${identity}`

/** Rows `t` of a table with `connected_account_id` that belong to a customer. */
export function ofCustomer(where: Conditions, customerKey: string): Conditions {
  return where.and(
    (p) =>
      `t.connected_account_id IN (SELECT a.connected_account_id FROM connected_account a WHERE a.workspace_id = $1 AND a.customer_key = ${p})`,
    customerKey,
  )
}

/** Entrances `t` of a customer: in its accounts, or in its spaces. */
export function entrancesOfCustomer(where: Conditions, customerKey: string): Conditions {
  return where.and(
    (
      p,
    ) => `(t.connected_account_id IN (SELECT a.connected_account_id FROM connected_account a WHERE a.workspace_id = $1 AND a.customer_key = ${p})
      OR t.acs_entrance_id IN (SELECT unnest(s.acs_entrance_ids) FROM space s WHERE s.workspace_id = $1 AND s.customer_key = ${p}))`,
    customerKey,
  )
}

export function scopeEntrances(where: Conditions, scope: AcsScope): Conditions {
  if (scope.kind === 'workspace') return where
  if (scope.kind === 'customer') return entrancesOfCustomer(where, scope.customer_key)
  const { user_identity_id, connected_account_ids } = scope
  return where.and(
    (p) =>
      `(t.connected_account_id = ANY((${p}::jsonb->>'accounts')::uuid[]) OR t.acs_entrance_id IN (${DOORS_OF_IDENTITY(`(${p}::jsonb->>'identity')::uuid`)}))`,
    scopeParameter(user_identity_id, connected_account_ids),
  )
}

export function scopeSystems(where: Conditions, scope: AcsScope): Conditions {
  if (scope.kind === 'workspace') return where
  if (scope.kind === 'customer') return ofCustomer(where, scope.customer_key)
  return where.and(
    (p) => `(t.connected_account_id = ANY((${p}::jsonb->>'accounts')::uuid[])
      OR t.acs_system_id IN (SELECT u.acs_system_id FROM acs_user u WHERE u.workspace_id = $1 AND u.user_identity_id = (${p}::jsonb->>'identity')::uuid)
      OR t.acs_system_id IN (SELECT e.acs_system_id FROM acs_entrance e WHERE e.workspace_id = $1 AND e.acs_entrance_id IN (${DOORS_OF_IDENTITY(`(${p}::jsonb->>'identity')::uuid`)})))`,
    scopeParameter(scope.user_identity_id, scope.connected_account_ids),
  )
}

/** Rows `t` that belong to a user; `identityColumn` is the identity of that user. */
export function scopeOwned(where: Conditions, scope: AcsScope, identityColumn: string): Conditions {
  if (scope.kind === 'workspace') return where
  if (scope.kind === 'customer') return ofCustomer(where, scope.customer_key)
  return where.and(
    (p) =>
      `(t.connected_account_id = ANY((${p}::jsonb->>'accounts')::uuid[]) OR ${identityColumn} = (${p}::jsonb->>'identity')::uuid)`,
    scopeParameter(scope.user_identity_id, scope.connected_account_ids),
  )
}

/** Rows `t` that belong to an account and to nobody in particular: encoders, access groups. */
export function scopeByAccount(where: Conditions, scope: AcsScope): Conditions {
  if (scope.kind === 'workspace') return where
  if (scope.kind === 'customer') return ofCustomer(where, scope.customer_key)
  return where.and((p) => `t.connected_account_id = ANY(${p}::uuid[])`, scope.connected_account_ids)
}

/** Both halves of a session's scope in one parameter, so that it can be named twice. */
function scopeParameter(identity: string | null, accounts: readonly string[]): string {
  return JSON.stringify({ identity, accounts: `{${accounts.join(',')}}` })
}
