/** How the operations on devices and locks find what callers name, and show it. Every device here is a lock. */
import { hasDevices, presentDevice, type DeviceDefinition } from '../../domain/present/device.ts'
import type { Json } from '../../domain/records.ts'
import { listDevices, type DeviceFilters, type DeviceView } from '../../store/devices.ts'
import { everything, scopeOf } from '../acs/access.ts'
import { errors } from '../errors.ts'
import type { Call } from '../operation.ts'
import { keyset, page, pageRequest, type Pagination } from '../page.ts'
import { instantParam, isUuid } from '../people.ts'

export interface ListParams {
  limit?: number
  device_ids?: string[]
  connected_account_id?: string
  connected_account_ids?: string[]
  connect_webview_id?: string
  created_before?: string
  custom_metadata_has?: Record<string, unknown>
  customer_key?: string
  device_type?: string
  device_types?: string[]
  manufacturer?: string
  include_if?: string[]
  exclude_if?: string[]
  search?: string
  space_id?: string
  /** Deprecated name of space_id; null = devices in no space. */
  unstable_location_id?: string | null
  user_identifier_key?: string
}

/** The systems whose doors are devices. */
export function deviceDefinitions(call: Call): DeviceDefinition[] {
  return call.services.provisioning.definitions().filter(hasDevices)
}

export async function pageOfDevices(
  call: Call,
  params: ListParams,
): Promise<{ devices: Json[]; pagination: Pagination }> {
  const request = pageRequest({ ...params })
  const rows = await listDevices(call.services.store, call.workspaceId, filtersOf(call, params), (next) =>
    keyset(request, 'acs_entrance_id', next),
  )
  const shown = page(rows, request, { ...params }, call, (row) => ({
    created_at: row.created_at,
    id: row.acs_entrance_id,
  }))
  return { devices: shown.rows.map((row) => show(call, row)), pagination: shown.pagination }
}

/** The flag that some devices have and others do not; every other one is false for all. */
const FLAG = 'can_unlock_with_code'

function filtersOf(call: Call, params: ListParams): DeviceFilters {
  const { device_type, device_types, manufacturer, include_if = [], exclude_if = [] } = params
  const { connected_account_id, connected_account_ids } = params
  const isWithout =
    // No device carries custom metadata, or belongs to a user of the caller's.
    Object.keys(params.custom_metadata_has ?? {}).length > 0 ||
    params.user_identifier_key !== undefined ||
    include_if.some((flag) => flag !== FLAG) ||
    (include_if.includes(FLAG) && exclude_if.includes(FLAG))
  const fitting = deviceDefinitions(call).filter(
    ({ doorsAreDevices: face }) =>
      !isWithout &&
      (device_type === undefined || face.type === device_type) &&
      (device_types === undefined || device_types.includes(face.type)) &&
      (manufacturer === undefined || face.manufacturer.manufacturer === manufacturer),
  )
  return {
    scope: scopeOf(call),
    providers: fitting.map(({ provider }) => provider),
    device_ids: params.device_ids,
    connected_account_ids:
      connected_account_id === undefined ? connected_account_ids : both(connected_account_id, connected_account_ids),
    connect_webview_id: params.connect_webview_id,
    customer_key: params.customer_key,
    created_before:
      params.created_before === undefined ? undefined : instantParam('created_before', params.created_before),
    space_id: params.space_id ?? params.unstable_location_id,
    search: params.search,
    can_unlock_with_code: include_if.includes(FLAG) ? true : exclude_if.includes(FLAG) ? false : undefined,
  }
}

/** Filters are joined by "and": what is named by one alone is not shown. */
function both(one: string, others: readonly string[] | undefined): string[] {
  const isNamed = others === undefined || others.some((id) => id.toLowerCase() === one.toLowerCase())
  return isNamed ? [one] : []
}

/** The device that is named by its id or its name; of several with one name, the oldest. @throws ApiError 400, 404 */
export async function requireDevice(
  call: Call,
  { device_id, name }: { device_id?: string; name?: string },
): Promise<Json> {
  if ((device_id === undefined) === (name === undefined))
    throw errors.invalidInput({ path: [], message: 'Must specify exactly one of `device_id` and `name`' })
  if (device_id !== undefined && !isUuid(device_id)) throw errors.notFound('device', { device_id })
  const [found] = await listDevices(
    call.services.store,
    call.workspaceId,
    {
      scope: scopeOf(call),
      providers: deviceDefinitions(call).map(({ provider }) => provider),
      ...(device_id === undefined ? { display_name: name } : { device_ids: [device_id] }),
    },
    everything('acs_entrance_id'),
  )
  if (found === undefined)
    throw errors.notFound('device', device_id === undefined ? { name: name ?? '' } : { device_id })
  return show(call, found)
}

function show(call: Call, row: DeviceView): Json {
  const definition = deviceDefinitions(call).find(({ provider }) => provider === row.provider)
  if (definition === undefined) throw new Error(`no devices of ${row.provider} were asked for`)
  return presentDevice(row, definition)
}
