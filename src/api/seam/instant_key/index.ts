import type { Operation } from '../../operation.ts'
import { exchangeShortCode } from './v1/client_sessions/exchange_short_code.ts'
import { listGuestDoors } from './v1/doors/list.ts'
import { unlockGuestDoor } from './v1/doors/unlock.ts'
import { previewInstantKey } from './v1/preview/get.ts'

export const instantKeyPageOperations: Operation[] = [
  exchangeShortCode,
  listGuestDoors,
  unlockGuestDoor,
  previewInstantKey,
]
