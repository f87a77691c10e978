/** The virtual credential manager: a login and nothing else. Its keys are those of the systems that it serves. */
import type { SystemDefinition } from '../definition.ts'
import { SystemError } from '../errors.ts'
import type { VirtualModel } from './model.ts'

export function managerModel(definition: SystemDefinition): VirtualModel {
  return {
    definition,
    default_name: definition.display_name,
    metadata: {},
    doors: [],
    encoders: [],
    groups: [],
    cardFormats: [],
    newCardNumber() {
      throw new SystemError('unsupported', `${definition.display_name} has no cards.`)
    },
    hasUserLineage: false,
    refreshesCards: false,
  }
}
