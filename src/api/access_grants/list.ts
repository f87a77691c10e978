import { listAccessGrants, type AccessGrantFilters } from '../../store/access-grants.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'
import { keyset, page, pageRequest } from '../page.ts'
import { customerOf, showGrants } from './access.ts'

interface Params extends AccessGrantFilters {
  location_id?: string
  access_code_id?: string
}

export const listAccessGrantsOperation = operation<Params>({
  path: '/access_grants/list',
  accepts: ['search'],
  async handle(params, call) {
    if (params.search !== undefined && typeof params.search !== 'string')
      throw errors.invalidField('search', 'Expected string')
    const request = pageRequest({ ...params })
    const customer = customerOf(call)
    // Access codes belong to devices, of which there are none.
    if (params.access_code_id !== undefined || (customer !== null && (params.customer_key ?? customer) !== customer)) {
      const none = page([], request, { ...params }, call, () => ({ created_at: '', id: '' }))
      return { access_grants: [], pagination: none.pagination }
    }
    const space_id = params.space_id ?? params.location_id
    const filters: AccessGrantFilters = {
      ...params,
      ...(space_id === undefined ? {} : { space_id }),
      ...(customer === null ? {} : { customer_key: customer }),
    }
    const rows = await listAccessGrants(call.services.store, call.workspaceId, filters, (next) =>
      keyset(request, 'access_grant_id', next),
    )
    const shown = page(rows, request, { ...params }, call, (row) => ({
      created_at: row.created_at,
      id: row.access_grant_id,
    }))
    return { access_grants: await showGrants(call, shown.rows), pagination: shown.pagination }
  },
})
