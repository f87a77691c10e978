/** A connected account as it goes over the wire. Its login never does. */
import type { ConnectedAccountRecord, Json } from '../records.ts'

export function presentConnectedAccount(account: ConnectedAccountRecord): Json {
  return {
    connected_account_id: account.connected_account_id,
    account_type: account.provider,
    account_type_display_name: account.account_type_display_name,
    display_name: account.display_name,
    user_identifier: account.user_identifier,
    accepted_capabilities: account.accepted_capabilities,
    automatically_manage_new_devices: account.automatically_manage_new_devices,
    custom_metadata: account.custom_metadata,
    ...(account.customer_key === null ? {} : { customer_key: account.customer_key }),
    errors: account.errors,
    warnings: account.warnings,
    created_at: account.created_at,
  }
}
