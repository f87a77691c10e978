/** What somebody sees who walks through a virtual building: nothing of it changes by looking. */
import type { DoorLook, DoorState, EncoderLook, PhoneKey, VirtualCard, VirtualRecords } from '../virtual.ts'
import { showCard } from './desk.ts'
import { doorOf, encoderOf, AT_REST } from './model.ts'
import { KIND, type Encoder, type PlasticCard, type VirtualCredential, type VirtualUser, isLive } from './records.ts'
import type { SystemState } from './state.ts'

/** How doors stand; one that the building does not have is left out. */
export async function lookAtDoors(
  { model }: SystemState,
  records: VirtualRecords,
  entranceIds: readonly string[],
): Promise<DoorLook[]> {
  const states = await records.list<DoorState & { entrance_id: string }>(KIND.door)
  const byId = new Map(states.map((state) => [state.entrance_id, state]))
  return entranceIds.flatMap((entrance_id): DoorLook[] => {
    const door = doorOf(model, entrance_id)
    if (door === undefined) return []
    const { is_online, privacy_mode } = byId.get(entrance_id) ?? AT_REST
    return [{ entrance_id, decides: door.decides, is_online, privacy_mode }]
  })
}

/** What lies on encoders; one that the building does not have is left out. */
export async function lookAtEncoders(
  { model }: SystemState,
  records: VirtualRecords,
  encoderIds: readonly string[],
): Promise<EncoderLook[]> {
  const cardOf = async (cardId: string | null): Promise<VirtualCard | null> => {
    const card = cardId === null ? undefined : await records.get<PlasticCard>(KIND.card, cardId)
    return card === undefined ? null : showCard(records, card)
  }
  const known = encoderIds.filter((id) => encoderOf(model, id) !== undefined)
  return Promise.all(
    known.map(async (encoder_id): Promise<EncoderLook> => {
      const encoder = await records.get<Encoder>(KIND.encoder, encoder_id)
      const [card, last_card] = await Promise.all([
        cardOf(encoder?.card_id ?? null),
        cardOf(encoder?.last_card_id ?? null),
      ])
      return { encoder_id, is_touched: encoder?.is_touched === true, card, last_card }
    }),
  )
}

/**
 * The mobile keys on a phone. One that was revoked is gone from it, and one of a suspended user stays and is refused at
 * the door. Their doors are those the system gives the person now.
 */
export async function listKeys(state: SystemState, records: VirtualRecords, phoneId: string): Promise<PhoneKey[]> {
  const found = await records.find<VirtualCredential>(KIND.credential, `phone:${phoneId}`)
  const keys = await Promise.all(
    found.filter(isLive).map(async (key): Promise<PhoneKey[]> => {
      const user = key.user_id === null ? undefined : await records.get<VirtualUser>(KIND.user, key.user_id)
      if (user?.is_deleted === true) return []
      const doors = await state.entriesOf(records, key, user)
      return [{ credential_reference: key.reference, starts_at: key.starts_at, ends_at: key.ends_at, doors }]
    }),
  )
  return keys.flat()
}
