import { operation } from '../../operation.ts'
import { page, pageRequest } from '../../page.ts'

/** No access system reports grants that were made elsewhere: every grant is managed. */
export const listUnmanagedAccessGrants = operation<Record<string, unknown>>({
  path: '/access_grants/unmanaged/list',
  handle(params, call) {
    const { pagination } = page([], pageRequest(params), params, call, () => ({ created_at: '', id: '' }))
    return { access_grants: [], pagination }
  },
})
