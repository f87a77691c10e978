import { ChangeSet } from '../../domain/changes.ts'
import { presentSpace } from '../../domain/present/space.ts'
import type { Json, SpaceRecord } from '../../domain/records.ts'
import { mergeCustomerData, type Members } from '../../domain/spaces/space.ts'
import { ancestorsOfSpace } from '../../store/spaces.ts'
import { errors } from '../errors.ts'
import { operation, type Call } from '../operation.ts'
import { refuseBlankKey } from '../user_identities/access.ts'
import { checkCustomerData, readMembers, refuseTakenSpaceKey, requireSpace } from './access.ts'
import { setMembers } from './members.ts'

interface Params extends Partial<Omit<Members, 'connected_account_ids'>> {
  space_id?: string
  /** Selects the space when there is no space_id; with one, it is the space's new key. */
  space_key?: string
  name?: string
  customer_data?: Json
  parent_space_id?: string
  parent_space_key?: string
}

export const updateSpace = operation<Params>({
  path: '/spaces/update',
  async handle(params, call) {
    const { space_id, space_key, name, customer_data, acs_entrance_ids, device_ids } = params
    refuseBlankKey('space_key', space_key)
    refuseBlankKey('name', name)
    checkCustomerData(customer_data)
    if (space_id === undefined && space_key === undefined) {
      throw errors.invalidInput({ path: [], message: 'Must specify `space_id` or `space_key`' })
    }
    const updated = await call.decide(async () => {
      const space = await requireSpace(call, space_id !== undefined ? { space_id } : { space_key: space_key ?? '' })
      if (space_key !== undefined) await refuseTakenSpaceKey(call, space_key, space.space_id)
      const parent = await readParent(params, space, call)
      const members = await readMembers(call, { acs_entrance_ids, device_ids })
      const given: Partial<SpaceRecord> = {
        ...(name === undefined ? {} : { name }),
        ...(space_key === undefined ? {} : { space_key }),
        ...(customer_data === undefined
          ? {}
          : { customer_data: mergeCustomerData(space.customer_data, customer_data) }),
        ...(parent === undefined ? {} : { parent_space_id: parent.space_id }),
      }
      const changes = new ChangeSet()
      if (Object.keys(given).length > 0) {
        changes.update('space', 'space_id', { space_id: space.space_id, version: space.version, ...given })
      }
      const after = await setMembers(changes, { ...space, ...given }, members, call)
      return { changes, result: { ...after, parent_space_key: parent?.space_key ?? space.parent_space_key ?? null } }
    })
    return { space: presentSpace(updated) }
  },
})

/** The space to stand under, which must not stand under this one itself. */
async function readParent(params: Params, space: SpaceRecord, call: Call): Promise<SpaceRecord | undefined> {
  const { store } = call.services
  const { parent_space_id, parent_space_key } = params
  if (parent_space_id === undefined && parent_space_key === undefined) return undefined
  const by = parent_space_id !== undefined ? { space_id: parent_space_id } : { space_key: parent_space_key ?? '' }
  const parent = await requireSpace(call, by)
  const above = await ancestorsOfSpace(store, call.workspaceId, parent.space_id)
  if (above.includes(space.space_id)) {
    const field = parent_space_id !== undefined ? 'parent_space_id' : 'parent_space_key'
    throw errors.invalidField(field, 'A space cannot stand under itself')
  }
  return parent
}
