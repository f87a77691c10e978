import { presentActionAttempt } from '../../domain/present/action-attempt.ts'
import { listActionAttempts } from '../../store/action-attempts.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'
import { keyset, page, pageRequest } from '../page.ts'
import { distinctIds } from '../people.ts'

interface Params {
  action_attempt_ids?: string[]
  device_id?: string
}

export const listActionAttemptsOperation = operation<Params>({
  path: '/action_attempts/list',
  async handle(params, call) {
    const request = pageRequest({ ...params })
    const { device_id } = params
    const ids = params.action_attempt_ids === undefined ? undefined : distinctIds(params.action_attempt_ids)
    const rows = await listActionAttempts(
      call.services.store,
      call.workspaceId,
      { ...(ids === undefined ? {} : { action_attempt_ids: ids }), ...(device_id === undefined ? {} : { device_id }) },
      (next) => keyset(request, 'action_attempt_id', next),
    )
    // Whoever names attempts wants to hear when there are none of them; not at the end of a list.
    if (ids !== undefined && ids.length > 0 && rows.length === 0 && request.after === null) {
      throw errors.notFound('action_attempts', { action_attempt_ids: ids })
    }
    const shown = page(rows, request, { ...params }, call, (row) => ({
      created_at: row.created_at,
      id: row.action_attempt_id,
    }))
    return { action_attempts: shown.rows.map(presentActionAttempt), pagination: shown.pagination }
  },
})
