import { presentAcsEncoder } from '../../../domain/present/acs-encoder.ts'
import { listAcsEncoders } from '../../../store/acs-encoders.ts'
import { operation } from '../../operation.ts'
import { keyset, page, pageRequest } from '../../page.ts'
import { scopeOf } from '../access.ts'

interface Params {
  acs_system_id?: string
  acs_system_ids?: string[]
  acs_encoder_ids?: string[]
}

export const listAcsEncodersOperation = operation<Params>({
  path: '/acs/encoders/list',
  async handle(params, call) {
    const request = pageRequest({ ...params })
    const { acs_system_id, acs_system_ids, acs_encoder_ids } = params
    const systems = acs_system_id === undefined ? acs_system_ids : both([acs_system_id], acs_system_ids)
    const rows = await listAcsEncoders(
      call.services.store,
      call.workspaceId,
      { scope: scopeOf(call), acs_system_ids: systems, acs_encoder_ids },
      (next) => keyset(request, 'acs_encoder_id', next),
    )
    const shown = page(rows, request, { ...params }, call, (row) => ({
      created_at: row.created_at,
      id: row.acs_encoder_id,
    }))
    return { acs_encoders: shown.rows.map(presentAcsEncoder), pagination: shown.pagination }
  },
})

/** Filters are joined by "and": what is named by one alone is not shown. */
function both(one: string[], other: string[] | undefined): string[] {
  if (other === undefined) return one
  const named = new Set(other.map((id) => id.toLowerCase()))
  return one.filter((id) => named.has(id.toLowerCase()))
}
