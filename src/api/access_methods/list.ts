import { listAccessMethods, type AccessMethodFilters } from '../../store/access-methods.ts'
import { customerOf } from '../access_grants/access.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'
import { keyset, page, pageRequest } from '../page.ts'
import { showMethods } from './access.ts'

interface Params extends Omit<AccessMethodFilters, 'access_method_ids' | 'customer_key'> {
  access_code_id?: string
  /** Not in the published schema, which is why a query string leaves it a text. */
  limit?: number | string
  page_cursor?: string | null
}

/**
 * Which methods there are: all, or those of a grant or door. The filters beside these only narrow them. Pages although
 * the published schema names none: documents and SDKs send `limit` and `page_cursor` here, too (core.md 1.8).
 */
export const listAccessMethodsOperation = operation<Params>({
  path: '/access_methods/list',
  accepts: ['limit', 'page_cursor'],
  async handle(params, call) {
    const { access_grant_id, access_grant_key, acs_entrance_id, device_id, space_id, access_code_id } = params
    const narrows = [device_id, space_id, access_code_id].some((filter) => filter !== undefined)
    if (narrows && access_grant_id === undefined && access_grant_key === undefined && acs_entrance_id === undefined) {
      throw errors.invalidInput({
        path: [],
        message:
          '`device_id`, `space_id` and `access_code_id` need one of `access_grant_id`, `access_grant_key` and `acs_entrance_id` beside them',
      })
    }
    const paging = { ...params, ...(params.limit === undefined ? {} : { limit: Number(params.limit) }) }
    const request = pageRequest(paging)
    const customer = customerOf(call)
    const filters: AccessMethodFilters = {
      ...(access_grant_id === undefined ? {} : { access_grant_id }),
      ...(access_grant_key === undefined ? {} : { access_grant_key }),
      ...(acs_entrance_id === undefined ? {} : { acs_entrance_id }),
      ...(device_id === undefined ? {} : { device_id }),
      ...(space_id === undefined ? {} : { space_id }),
      // Access codes belong to devices, of which there are none.
      ...(access_code_id === undefined ? {} : { access_method_ids: [] }),
      ...(customer === null ? {} : { customer_key: customer }),
    }
    const rows = await listAccessMethods(call.services.store, call.workspaceId, filters, (next) =>
      keyset(request, 'access_method_id', next),
    )
    const shown = page(rows, request, paging, call, (row) => ({
      created_at: row.created_at,
      id: row.access_method_id,
    }))
    return { access_methods: await showMethods(call, shown.rows), pagination: shown.pagination }
  },
})
