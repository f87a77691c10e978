import { presentAcsEntrance } from '../../domain/present/acs-entrance.ts'
import { presentAcsSystem } from '../../domain/present/acs-system.ts'
import { presentConnectedAccount } from '../../domain/present/connected-account.ts'
import { presentSpace, type SpaceView } from '../../domain/present/space.ts'
import type { Json } from '../../domain/records.ts'
import { listAcsEntrances } from '../../store/acs-entrances.ts'
import { listAcsSystems } from '../../store/acs-systems.ts'
import { getSpaces, methodsOnEntrances } from '../../store/spaces.ts'
import { showMethods } from '../access_methods/access.ts'
import { definitionOf, everything } from '../acs/access.ts'
import { errors } from '../errors.ts'
import { operation, type Call } from '../operation.ts'
import { customerOf } from './access.ts'

interface Params {
  space_ids?: string[]
  space_keys?: string[]
  /** These groups alone; absent = all. */
  include?: string[]
  /** All groups but these. */
  exclude?: string[]
}

const GROUPS = ['spaces', 'devices', 'acs_entrances', 'connected_accounts', 'acs_systems', 'access_methods'] as const
type Group = (typeof GROUPS)[number]

/** The spaces, what is in them, and the access methods that open their doors. Groups not asked for are left out. */
export const getRelatedOfSpaces = operation<Params>({
  path: '/spaces/get_related',
  async handle(params, call) {
    const { space_ids, space_keys, include, exclude = [] } = params
    if (space_ids === undefined && space_keys === undefined) {
      throw errors.invalidInput({ path: [], message: 'Must specify `space_ids` or `space_keys`' })
    }
    const customer = customerOf(call)
    const found = await getSpaces(call.services.store, call.workspaceId, { space_ids, space_keys })
    const spaces = found.filter((space) => customer === null || space.customer_key === customer)
    if (spaces.length === 0)
      throw errors.notFound('space', { space_ids: space_ids ?? [], space_keys: space_keys ?? [] })
    const wanted = GROUPS.filter(
      (group) => (include === undefined || include.includes(group)) && !exclude.includes(group),
    )
    return { batch: await batchOf(call, spaces, new Set(wanted)) }
  },
})

async function batchOf(call: Call, spaces: SpaceView[], wanted: ReadonlySet<Group>): Promise<Json> {
  const { store } = call.services
  const { workspaceId } = call
  const entranceIds = [...new Set(spaces.flatMap((space) => space.acs_entrance_ids))]
  const entrances = await listAcsEntrances(
    store,
    workspaceId,
    { scope: { kind: 'workspace' }, acs_entrance_ids: entranceIds },
    everything('acs_entrance_id'),
  )
  const batch: Json = {}
  if (wanted.has('spaces')) batch['spaces'] = spaces.map(presentSpace)
  // A space holds doors as entrances, also those that show as devices.
  if (wanted.has('devices')) batch['devices'] = []
  if (wanted.has('acs_entrances')) batch['acs_entrances'] = entrances.map(presentAcsEntrance)
  if (wanted.has('connected_accounts')) {
    const members = spaces.flatMap((space) => space.connected_account_ids)
    const ids = [...new Set([...members, ...entrances.map((entrance) => entrance.connected_account_id)])]
    const accounts = await store.getMany(workspaceId, 'connected_account', 'connected_account_id', ids)
    batch['connected_accounts'] = accounts.map(presentConnectedAccount)
  }
  if (wanted.has('acs_systems')) {
    const ids = new Set(entrances.map((entrance) => entrance.acs_system_id))
    const systems = await listAcsSystems(store, workspaceId, { scope: { kind: 'workspace' } })
    batch['acs_systems'] = systems
      .filter((system) => ids.has(system.acs_system_id))
      .map((system) => presentAcsSystem(system, definitionOf(call, system.provider), system))
  }
  if (wanted.has('access_methods')) {
    batch['access_methods'] = await showMethods(call, await methodsOnEntrances(store, workspaceId, entranceIds))
  }
  return batch
}
