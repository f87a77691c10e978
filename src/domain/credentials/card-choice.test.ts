import { expect, test } from 'vitest'
import { chooseCard } from './card-choice.ts'

test.each([
  [{}, false, 'new'],
  [{}, true, 'update'],
  [{ assign_new_key: true }, false, 'new'],
  [{ assign_new_card: true }, false, 'new'],
  [{ assign_new_key: false }, true, 'update'],
  [{ assign_new_card: false }, true, 'update'],
  [{ update_current_key: true }, true, 'update'],
  [{ update_current_key: false }, false, 'new'],
  [{ assign_new_key: false, update_current_key: true }, true, 'update'],
])('%j, user with a card: %s -> %s', (wishes, hasCard, choice) => {
  expect(chooseCard(wishes, 'maker_metadata', hasCard)).toEqual({ choice })
})

test.each([
  [{ assign_new_key: true }, true],
  [{ assign_new_key: false }, false],
  [{ update_current_key: true }, false],
  [{ assign_new_key: true, update_current_key: true }, true],
])('%j, user with a card: %s -> refused', (wishes, hasCard) => {
  expect(chooseCard(wishes, 'maker_metadata', hasCard)).toMatchObject({ field: 'maker_metadata.assign_new_key' })
})
