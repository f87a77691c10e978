/** The wire's ids of what an operator changes at a virtual system, turned into the system's own. */
import type { Store } from '../store/store.ts'
import type { VirtualEdit } from '../systems/kit/virtual.ts'
import { Impossible, NoSuchThing } from './errors.ts'

export interface EditWish {
  acs_system_id: string
  action: VirtualEdit['action']
  acs_user_id?: string
  acs_credential_id?: string
  acs_access_group_id?: string
  acs_entrance_id?: string
  acs_entrance_ids?: string[]
  acs_encoder_id?: string
  name?: string
}

type Table = 'acs_user' | 'acs_credential' | 'acs_access_group' | 'acs_entrance' | 'acs_encoder'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const WORDS: Record<Table, string> = {
  acs_user: 'user',
  acs_credential: 'credential',
  acs_access_group: 'access group',
  acs_entrance: 'entrance',
  acs_encoder: 'encoder',
}

/** @throws NoSuchThing, Impossible naming the field that is missing or cannot be */
export async function readEdit(store: Store, workspaceId: string, wish: EditWish): Promise<VirtualEdit> {
  const { action } = wish
  const external = async (table: Table, field: keyof EditWish, id: string): Promise<string> => {
    const row = UUID.test(id)
      ? await store.get<Table>(workspaceId, table, `${table}_id` as never, id.toLowerCase())
      : undefined
    if (row === undefined) throw new NoSuchThing(table, { [`${table}_id`]: id })
    if (row.acs_system_id !== wish.acs_system_id.toLowerCase())
      throw new Impossible(field, `This ${WORDS[table]} belongs to another access system`)
    if (row.external_id === null)
      throw new Impossible(field, `The access system does not know this ${WORDS[table]} yet`)
    return row.external_id
  }
  const needed = (table: Table): Promise<string> => {
    const field = `${table}_id` as const
    const id = wish[field]
    if (id === undefined) throw new Impossible(field, `Required for ${action}`)
    return external(table, field, id)
  }
  switch (action) {
    case 'delete_user':
    case 'suspend_user':
    case 'unsuspend_user':
      return { action, user_id: await needed('acs_user') }
    case 'delete_credential':
      return { action, credential_id: await needed('acs_credential') }
    case 'delete_group':
      return { action, group_id: await needed('acs_access_group') }
    case 'rename_group': {
      if (wish.name === undefined) throw new Impossible('name', `Required for ${action}`)
      return { action, group_id: await needed('acs_access_group'), name: wish.name }
    }
    case 'set_group_entrances': {
      const { acs_entrance_ids } = wish
      if (acs_entrance_ids === undefined) throw new Impossible('acs_entrance_ids', `Required for ${action}`)
      const ids = acs_entrance_ids.map((id) => external('acs_entrance', 'acs_entrance_ids', id))
      return { action, entrance_ids: await Promise.all(ids), group_id: await needed('acs_access_group') }
    }
    case 'add_user_to_group':
    case 'remove_user_from_group':
      return { action, user_id: await needed('acs_user'), group_id: await needed('acs_access_group') }
    case 'remove_encoder':
    case 'restore_encoder':
      return { action, encoder_id: await needed('acs_encoder') }
    case 'remove_entrance':
    case 'restore_entrance':
      return { action, entrance_id: await needed('acs_entrance') }
  }
}

/** The field that names what an action is about: the system says only that it is not there (any more). */
export function subjectOf(action: VirtualEdit['action']): keyof EditWish {
  if (action.endsWith('_user')) return 'acs_user_id'
  if (action.endsWith('_credential')) return 'acs_credential_id'
  if (action.endsWith('_encoder')) return 'acs_encoder_id'
  if (action.endsWith('_entrance')) return 'acs_entrance_id'
  return 'acs_access_group_id'
}
