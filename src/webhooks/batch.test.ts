import { expect, test } from 'vitest'
import { Batch } from './batch.ts'

test('what is asked while a batch is under way goes into the next, each workspace for itself', async () => {
  const asked: string[][] = []
  const batch = new Batch<string, string>(async (workspaceId, questions) => {
    asked.push([workspaceId, ...questions])
    await new Promise((resolve) => setTimeout(resolve, 5))
    return new Map(
      questions.filter((question) => question !== 'unknown').map((question) => [question, question.toUpperCase()]),
    )
  })
  const first = [batch.ask('w', 'a'), batch.ask('w', 'b'), batch.ask('v', 'a')]
  await Promise.resolve()
  await Promise.resolve()
  const second = [batch.ask('w', 'c'), batch.ask('w', 'unknown'), batch.ask('w', 'c')]
  expect(await Promise.all([...first, ...second])).toEqual(['A', 'B', 'A', 'C', undefined, 'C'])
  expect(asked).toEqual([
    ['w', 'a', 'b'],
    ['v', 'a'],
    ['w', 'c', 'unknown', 'c'],
  ])
})

test('a failure reaches those who asked, and the next batch is asked again', async () => {
  let fails = true
  const batch = new Batch<string, string>(async (_workspaceId, questions) => {
    if (fails) throw new Error('down')
    return new Map(questions.map((question) => [question, question]))
  })
  await expect(batch.ask('w', 'a')).rejects.toThrow('down')
  fails = false
  expect(await batch.ask('w', 'a')).toBe('a')
})

test('answers come in the order the batch gives them', async () => {
  const order: string[] = []
  const batch = new Batch<string, string>(
    async () =>
      new Map([
        ['b', 'b'],
        ['a', 'a'],
      ]),
  )
  await Promise.all(['a', 'b'].map((question) => batch.ask('w', question).then(() => order.push(question))))
  expect(order).toEqual(['b', 'a'])
})
