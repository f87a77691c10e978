import type { Presentation } from '../../../sandbox/doors.ts'
import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { buildingContract, inBuilding, TEXT } from '../building.ts'

interface Wish {
  acs_entrance_id: string
  card_id?: string
  card_number?: string
  code?: string
  device_id?: string
}

const MOST = 500

/** Several people at doors, one after the other: each as with the operation for one. */
export const presentMany = operation<{ presentations: Wish[] }>({
  path: '/sandbox/doors/present',
  contract: buildingContract('door_attempts', ['presentations'], {
    presentations: {
      type: 'array',
      minItems: 1,
      maxItems: MOST,
      items: {
        type: 'object',
        properties: { acs_entrance_id: TEXT, card_id: TEXT, card_number: TEXT, code: TEXT, device_id: TEXT },
        required: ['acs_entrance_id'],
      },
    },
  }),
  isSandboxOnly: true,
  async handle({ presentations }, call) {
    const read = presentations.map(readPresentation)
    return { door_attempts: await inBuilding(() => call.services.sandbox.presentAll(call.workspaceId, read)) }
  },
})

function readPresentation(
  { acs_entrance_id, card_id, card_number, code, device_id }: Wish,
  index: number,
): Presentation {
  const given: Presentation[] = []
  if (card_id !== undefined) given.push({ by: 'card', acs_entrance_id, card_id })
  if (card_number !== undefined) given.push({ by: 'card', acs_entrance_id, card_number })
  if (code !== undefined) given.push({ by: 'code', acs_entrance_id, code })
  if (device_id !== undefined) given.push({ by: 'phone', acs_entrance_id, device_id })
  const [only] = given
  if (only === undefined || given.length > 1)
    throw errors.invalidInput({
      path: ['presentations', String(index)],
      message: 'Must specify exactly one of `card_id`, `card_number`, `code` and `device_id`',
    })
  return only
}
