import { presentEvent } from '../../domain/present/event.ts'
import { latestEvent, type EventFilters } from '../../store/events.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'
import { checkEventType } from './params.ts'
import { scopeOfCaller } from './scope.ts'

interface Params {
  event_id?: string
  event_type?: string
  device_id?: string
}

export const getEvent = operation<Params>({
  path: '/events/get',
  async handle(params, call) {
    const { event_id, event_type, device_id } = params
    if (event_id === undefined && event_type === undefined && device_id === undefined) {
      throw errors.invalidInput({ path: [], message: 'Must specify `event_id`, `event_type` or `device_id`' })
    }
    const { contract, store } = call.services
    if (event_type !== undefined) checkEventType(contract, 'event_type', event_type)
    const filters: EventFilters = {}
    if (event_id !== undefined) filters.event_ids = [event_id]
    if (event_type !== undefined) filters.event_types = [event_type]
    if (device_id !== undefined) filters.subjects = [{ field: 'device_id', ids: [device_id] }]
    const scope = await scopeOfCaller(call)
    if (scope !== undefined) filters.scope = scope
    const event = await latestEvent(store, call.workspaceId, filters)
    if (event === undefined) throw errors.notFound('event', { ...params })
    return { event: presentEvent(event) }
  },
})
