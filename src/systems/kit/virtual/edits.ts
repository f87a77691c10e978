/** What the system's own operator does in the maker's software: the same effects as if we had asked, without our knowing. */
import type { DesiredChange } from '../driver.ts'
import { SystemError } from '../errors.ts'
import type { DoorState, VirtualEdit, VirtualTransaction } from '../virtual.ts'
import { doorOf, encoderOf, AT_REST } from './model.ts'
import {
  KIND,
  lookupOfCard,
  putCard,
  removedId,
  type PlasticCard,
  type Removed,
  type VirtualCredential,
  type VirtualGroup,
  type VirtualUser,
  isLive,
} from './records.ts'
import { notFound, type SystemState } from './state.ts'

/** `newId` names a change of the operator's own, so that it is never taken for one of ours. */
export async function edit(
  state: SystemState,
  records: VirtualTransaction,
  edit: VirtualEdit,
  newId: () => string,
): Promise<void> {
  const remove = async (change: { kind: 'delete_user' | 'delete_group'; external_id: string } | CredentialDeletion) => {
    await state.apply(records, { id: newId(), ...change } satisfies DesiredChange)
  }
  switch (edit.action) {
    case 'delete_user': {
      await userOf(records, edit.user_id)
      // A person who is taken out takes along what they open doors with.
      for (const credential of await records.list<VirtualCredential>(KIND.credential)) {
        if (!isLive(credential) || credential.user_id !== edit.user_id) continue
        await remove({ kind: 'delete_credential', external_id: credential.external_id, mode: credential.mode })
      }
      return remove({ kind: 'delete_user', external_id: edit.user_id })
    }
    case 'suspend_user':
    case 'unsuspend_user': {
      const user = await userOf(records, edit.user_id)
      records.put(KIND.user, user.external_id, { ...user, is_suspended: edit.action === 'suspend_user' })
      return
    }
    case 'delete_credential': {
      const { credential_id: external_id } = edit
      const known = await records.get<VirtualCredential>(KIND.credential, external_id)
      if (isLive(known)) return remove({ kind: 'delete_credential', external_id, mode: known.mode })
      const card = await poolCard(state, records, external_id)
      if (card?.is_registered !== true || card.credential_id !== null) throw notFound('credential')
      putCard(records, { ...card, is_registered: false })
      return
    }
    case 'delete_group': {
      await groupOf(records, edit.group_id)
      await everyUser(records, (user) => user.group_ids.includes(edit.group_id), without(edit.group_id))
      return remove({ kind: 'delete_group', external_id: edit.group_id })
    }
    case 'rename_group': {
      const group = await groupOf(records, edit.group_id)
      records.put(KIND.group, group.external_id, { ...group, name: edit.name })
      return
    }
    case 'set_group_entrances': {
      const group = await groupOf(records, edit.group_id)
      if (!edit.entrance_ids.every((id) => doorOf(state.model, id) !== undefined)) throw notFound('door')
      records.put(KIND.group, group.external_id, { ...group, entrance_ids: edit.entrance_ids })
      return
    }
    case 'add_user_to_group':
    case 'remove_user_from_group': {
      const user = await userOf(records, edit.user_id)
      await groupOf(records, edit.group_id)
      const others = without(edit.group_id)(user)
      records.put(
        KIND.user,
        user.external_id,
        edit.action === 'remove_user_from_group'
          ? others
          : { ...user, group_ids: [...others.group_ids, edit.group_id] },
      )
      return
    }
    case 'remove_encoder':
    case 'restore_encoder': {
      const { encoder_id: external_id } = edit
      if (encoderOf(state.model, external_id) === undefined) throw notFound('encoder')
      return takeOut(records, { what: 'encoder', external_id }, edit.action === 'remove_encoder')
    }
    case 'remove_entrance':
    case 'restore_entrance': {
      const { entrance_id: external_id } = edit
      if (doorOf(state.model, external_id) === undefined) throw notFound('door')
      const isRemoved = edit.action === 'remove_entrance'
      if (isRemoved) {
        for (const group of await records.list<VirtualGroup>(KIND.group)) {
          if (!group.entrance_ids.includes(external_id)) continue
          const entrance_ids = group.entrance_ids.filter((id) => id !== external_id)
          records.put(KIND.group, group.external_id, { ...group, entrance_ids })
        }
      }
      return takeOut(records, { what: 'entrance', external_id }, isRemoved)
    }
  }
}

async function poolCard(
  { model }: SystemState,
  records: VirtualTransaction,
  external_id: string,
): Promise<PlasticCard | undefined> {
  const number = model.numberOfPoolCard?.(external_id)
  if (number === undefined) return records.get<PlasticCard>(KIND.card, external_id)
  const found = await records.find<PlasticCard>(KIND.card, lookupOfCard(number))
  return found.find((card) => card.is_registered)
}

type CredentialDeletion = Pick<Extract<DesiredChange, { kind: 'delete_credential' }>, 'kind' | 'external_id' | 'mode'>

/** Sets how a door stands. */
export async function setDoor(
  state: SystemState,
  records: VirtualTransaction,
  { entrance_id, ...change }: { entrance_id: string } & Partial<DoorState>,
): Promise<void> {
  const door = doorOf(state.model, entrance_id)
  if (door === undefined) throw notFound('door')
  if (change.is_online === false && door.decides === 'card')
    throw new SystemError('unsupported', 'This door works without a network: it cannot be cut off from its system.')
  const known = (await records.get<DoorState>(KIND.door, entrance_id)) ?? AT_REST
  records.put(KIND.door, entrance_id, {
    entrance_id,
    is_online: change.is_online ?? known.is_online,
    privacy_mode: change.privacy_mode ?? known.privacy_mode,
  } satisfies DoorState & { entrance_id: string })
}

async function userOf(records: VirtualTransaction, id: string): Promise<VirtualUser> {
  const user = await records.get<VirtualUser>(KIND.user, id)
  if (!isLive(user)) throw notFound('user')
  return user
}

async function groupOf(records: VirtualTransaction, id: string): Promise<VirtualGroup> {
  const group = await records.get<VirtualGroup>(KIND.group, id)
  if (!isLive(group)) throw notFound('group')
  return group
}

async function everyUser(
  records: VirtualTransaction,
  isMeant: (user: VirtualUser) => boolean,
  change: (user: VirtualUser) => VirtualUser,
): Promise<void> {
  for (const user of await records.list<VirtualUser>(KIND.user))
    if (isMeant(user)) records.put(KIND.user, user.external_id, change(user))
}

function without(groupId: string): (user: VirtualUser) => VirtualUser {
  return (user) => ({ ...user, group_ids: user.group_ids.filter((id) => id !== groupId) })
}

function takeOut(records: VirtualTransaction, removed: Removed, isRemoved: boolean): void {
  if (isRemoved) records.put(KIND.removed, removedId(removed), removed)
  else records.delete(KIND.removed, removedId(removed))
}
