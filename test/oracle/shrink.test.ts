// A failing history is made small: only what the failure needs is left.
import { describe, expect, test } from 'vitest'
import { generate } from '../../oracle/history/generate.ts'
import { isPresentation, type History, type Operation } from '../../oracle/history/operations.ts'
import { shrink } from '../../oracle/history/shrink.ts'
import { SYSTEMS } from '../../oracle/model/systems.ts'

const generated = (number: number): Operation[] => generate({ seed: 1, number, systems: SYSTEMS, presentations: 300 })

describe('shrinking', () => {
  test('a planted lie about one grant and its card is shrunk to the operations it needs', async () => {
    const history = Array.from({ length: 40 }, (_, number) => generated(number)).find((one) =>
      one.some((operation) => operation.do === 'encode' && 'grant' in operation.what && showsCard(one, operation.as)),
    )
    const encode = history?.find(
      (one): one is Extract<Operation, { do: 'encode' }> =>
        one.do === 'encode' && 'grant' in one.what && showsCard(history, one.as),
    )
    if (history === undefined || encode === undefined || !('grant' in encode.what)) throw new Error('no such history')
    const { grant } = encode.what
    let replays = 0
    const lies = async (candidate: History): Promise<boolean> => {
      replays++
      const made = candidate.findIndex((one) => one.do === 'grant' && one.as === grant)
      const person = candidate[made]?.do === 'grant' ? candidate[made].person : ''
      const known = candidate.findIndex((one) => one.do === 'person' && one.as === person)
      const written = candidate.findIndex((one) => one.do === 'encode' && one.as === encode.as)
      const shown = candidate.findIndex(
        (one) => one.do === 'show_card' && 'made' in one.card && one.card.made === encode.as,
      )
      return known !== -1 && known < made && made < written && written < shown
    }
    const small = await shrink(history, lies)
    expect(small.map(({ do: what }) => what)).toEqual(['person', 'grant', 'encode', 'show_card'])
    expect(small[1]).toMatchObject({ doors: [expect.any(String)], modes: [expect.any(String)], from: null, key: null })
    expect(replays).toBeLessThan(history.length)
  })

  test('a history that needs everything stays as it is', async () => {
    const history = generated(3).slice(0, 12)
    const all = JSON.stringify(history)
    expect(await shrink(history, async (candidate) => JSON.stringify(candidate) === all)).toEqual(history)
  })

  test('it ends when its time is up', async () => {
    const history = generated(4)
    expect(await shrink(history, async () => true, { budgetMs: 0 })).toEqual(history)
  })
})

describe('histories', () => {
  test('the same seed and number give the same history, others another', () => {
    expect(generated(5)).toEqual(generated(5))
    expect(generated(5)).not.toEqual(generated(6))
  })

  test('every kind of operation occurs, and every system with something to present', () => {
    const kinds = new Set<string>()
    const providers = new Set<string>()
    for (let number = 0; number < 120; number++) {
      for (const operation of generated(number)) {
        kinds.add(operation.do)
        if (isPresentation(operation) && 'door' in operation) providers.add(operation.door.split('/')[0] ?? '')
      }
    }
    expect([...kinds].sort()).toEqual(
      [
        ...['person', 'space', 'space_add', 'space_remove', 'grant', 'retime', 'redoor', 'delete_grant', 'request'],
        ...['delete_method', 'encode', 'place', 'unplace', 'assign', 'suspend', 'unsuspend', 'user', 'delete_user'],
        ...['join_group', 'leave_group', 'credential', 'end_credential', 'delete_credential', 'phone', 'drop_phone'],
        ...['clock', 'fault', 'restart', 'show_card', 'enter_code', 'show_phone', 'unlock'],
      ].sort(),
    )
    expect(providers.size).toBe(SYSTEMS.filter(({ opens }) => opens !== 'nothing').length)
  })
})

function showsCard(history: History, card: string): boolean {
  return history.some((one) => one.do === 'show_card' && 'made' in one.card && one.card.made === card)
}
