import { listConnectWebviews, type ConnectWebviewFilters } from '../../store/connect-webviews.ts'
import { operation } from '../operation.ts'
import { keyset, page, pageRequest } from '../page.ts'
import { present } from './access.ts'

export const listConnectWebviewsOperation = operation<Omit<ConnectWebviewFilters, 'connect_webview_ids'>>({
  path: '/connect_webviews/list',
  async handle(params, call) {
    const { caller } = call
    const request = pageRequest({ ...params })
    const customer = caller.kind === 'client_session_with_customer' ? caller.session.customer_key : null
    const isOutside = customer !== null && params.customer_key !== undefined && params.customer_key !== customer
    const rows = await listConnectWebviews(
      call.services.store,
      call.workspaceId,
      {
        ...params,
        ...(customer === null ? {} : { customer_key: customer }),
        ...(caller.kind === 'client_session' ? { connect_webview_ids: caller.session.connect_webview_ids } : {}),
        ...(isOutside ? { connect_webview_ids: [] } : {}),
      },
      (next) => keyset(request, 'connect_webview_id', next),
    )
    const shown = page(rows, request, { ...params }, call, (row) => ({
      created_at: row.created_at,
      id: row.connect_webview_id,
    }))
    return { connect_webviews: shown.rows.map((row) => present(row, call)), pagination: shown.pagination }
  },
})
