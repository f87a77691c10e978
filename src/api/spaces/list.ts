import { presentSpace } from '../../domain/present/space.ts'
import { listSpaces, type SpaceFilters } from '../../store/spaces.ts'
import { operation } from '../operation.ts'
import { keyset, page, pageRequest } from '../page.ts'
import { customerOf } from './access.ts'

export const listSpacesOperation = operation<Omit<SpaceFilters, 'space_ids'>>({
  path: '/spaces/list',
  async handle(params, call) {
    const request = pageRequest({ ...params })
    const own = customerOf(call)
    const isOutside = own !== null && params.customer_key !== undefined && params.customer_key !== own
    const rows = await listSpaces(
      call.services.store,
      call.workspaceId,
      { ...params, ...(own === null ? {} : { customer_key: own }), ...(isOutside ? { space_ids: [] } : {}) },
      (next) => keyset(request, 'space_id', next),
    )
    const shown = page(rows, request, { ...params }, call, (row) => ({ created_at: row.created_at, id: row.space_id }))
    return { spaces: shown.rows.map(presentSpace), pagination: shown.pagination }
  },
})
