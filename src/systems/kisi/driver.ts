import type { AccessSystemDriver } from '../kit/driver.ts'
import { virtualDriver } from '../kit/virtual/connection.ts'
import { model } from './virtual/model.ts'

export const driver: AccessSystemDriver = virtualDriver(model)
