import type { AccessSystemDriver } from '../kit/driver.ts'
import { virtualDriver } from '../kit/virtual/connection.ts'
import { managerModel } from '../kit/virtual/manager.ts'
import { definition } from './definition.ts'

export const driver: AccessSystemDriver = virtualDriver(managerModel(definition))
