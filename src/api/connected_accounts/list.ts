import { presentConnectedAccount } from '../../domain/present/connected-account.ts'
import { listConnectedAccounts, type ConnectedAccountFilters } from '../../store/connected-accounts.ts'
import { operation } from '../operation.ts'
import { keyset, page, pageRequest } from '../page.ts'

const DEFAULT_LIMIT = 11_000

export const listConnectedAccountsOperation = operation<Omit<ConnectedAccountFilters, 'connected_account_ids'>>({
  path: '/connected_accounts/list',
  async handle(params, call) {
    const { caller } = call
    const request = pageRequest({ ...params }, DEFAULT_LIMIT)
    const own = caller.kind === 'client_session_with_customer' ? caller.session.customer_key : null
    const isOutside = own !== null && params.customer_key !== undefined && params.customer_key !== own
    const rows = await listConnectedAccounts(
      call.services.store,
      call.workspaceId,
      {
        ...params,
        ...(own === null ? {} : { customer_key: own }),
        ...(isOutside ? { connected_account_ids: [] } : {}),
      },
      (next) => keyset(request, 'connected_account_id', next),
    )
    const shown = page(rows, request, { ...params }, call, (row) => ({
      created_at: row.created_at,
      id: row.connected_account_id,
    }))
    return { connected_accounts: shown.rows.map(presentConnectedAccount), pagination: shown.pagination }
  },
})
