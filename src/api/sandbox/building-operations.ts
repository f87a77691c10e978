/** The operations on virtual buildings (design.md section 3); the clock's are in clock/. */
import type { Operation } from '../operation.ts'
import { getCard } from './cards/get.ts'
import { listCards } from './cards/list.ts'
import { listDoors } from './doors/list.ts'
import { enterCode } from './doors/enter_code.ts'
import { listAttempts } from './doors/list_attempts.ts'
import { presentMany } from './doors/present.ts'
import { presentCard } from './doors/present_card.ts'
import { presentPhone } from './doors/present_phone.ts'
import { setDoorState } from './doors/set_state.ts'
import { listEncoders } from './encoders/list.ts'
import { placeCard } from './encoders/place_card.ts'
import { removeCard } from './encoders/remove_card.ts'
import { listPhones } from './phones/list.ts'
import { editSystem } from './systems/edit.ts'
import { getSystem } from './systems/get.ts'
import { setFault } from './systems/set_fault.ts'

export const buildingOperations: Operation[] = [
  listDoors,
  presentCard,
  enterCode,
  presentPhone,
  presentMany,
  listAttempts,
  setDoorState,
  listEncoders,
  placeCard,
  removeCard,
  listCards,
  getCard,
  listPhones,
  getSystem,
  setFault,
  editSystem,
]
