/** What a caller may see of connected accounts. */
import type { ConnectedAccountRecord } from '../../domain/records.ts'
import { findConnectedAccountByEmail } from '../../store/connected-accounts.ts'
import { errors } from '../errors.ts'
import type { Call } from '../operation.ts'

/** A client session sees the accounts on it, a customer's session those of the customer. */
export function seesAccount(call: Call, account: ConnectedAccountRecord): boolean {
  const { caller } = call
  if (caller.kind === 'client_session_with_customer') return account.customer_key === caller.session.customer_key
  if (caller.kind === 'client_session') {
    return caller.session.connected_account_ids.includes(account.connected_account_id)
  }
  return true
}

/** @throws ApiError 404 */
export async function requireConnectedAccount(
  call: Call,
  by: { connected_account_id: string } | { email: string },
): Promise<ConnectedAccountRecord> {
  const { store } = call.services
  const account =
    'email' in by
      ? await findConnectedAccountByEmail(store, call.workspaceId, by.email)
      : await store.get(call.workspaceId, 'connected_account', 'connected_account_id', by.connected_account_id)
  if (account === undefined || !seesAccount(call, account)) throw errors.notFound('connected_account', by)
  return account
}
