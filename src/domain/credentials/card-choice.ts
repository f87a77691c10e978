/** A new card for a user, or the card it has already: where a user holds one card at most (core.md section 14, row 4). */

/** The wishes by all their spellings: `assign_new_card` stands in the documents' samples. */
export interface CardWishes {
  assign_new_key?: boolean
  assign_new_card?: boolean
  update_current_key?: boolean
}

export type CardChoice = { choice: 'new' | 'update' } | { field: string; message: string }

/** Decides by the wishes and by whether the user holds a card; nothing wished = a first card is new, later it is updated. */
export function chooseCard(wishes: CardWishes, metadataKey: string, hasCard: boolean): CardChoice {
  const assignNew = wishes.assign_new_key ?? wishes.assign_new_card
  const update = wishes.update_current_key ?? (assignNew === undefined ? undefined : !assignNew)
  const field = `${metadataKey}.assign_new_key`
  if (assignNew === true && update === true) {
    return { field, message: 'Contradicts update_current_key: ask for a new key or for an update of the current one' }
  }
  const isNew = assignNew ?? (update === undefined ? !hasCard : !update)
  if (isNew && hasCard) {
    return {
      field,
      message:
        'The user already has a card, and this access system gives a user one at most: delete its credential first, or set assign_new_key to false to update that card',
    }
  }
  if (!isNew && !hasCard)
    return { field, message: 'The user has no card to update: set assign_new_key to true to assign a first one' }
  return { choice: isNew ? 'new' : 'update' }
}
