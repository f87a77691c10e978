/**
 * Questions of many deliveries asked as one statement per workspace. While one batch is under way the next collects,
 * so that the busier it is, the larger the batches; an idle one answers at once.
 */
export class Batch<Q, A> {
  readonly #answer: (workspaceId: string, questions: Q[]) => Promise<Map<Q, A>>
  readonly #lanes = new Map<string, Lane<Q, A>>()

  /** `answer` maps each question to its answer, in the order in which the askers shall go on; a question left out is answered `undefined`. */
  constructor(answer: (workspaceId: string, questions: Q[]) => Promise<Map<Q, A>>) {
    this.#answer = answer
  }

  ask(workspaceId: string, question: Q): Promise<A | undefined> {
    let lane = this.#lanes.get(workspaceId)
    if (lane === undefined) {
      lane = { waiting: [], isRunning: false }
      this.#lanes.set(workspaceId, lane)
    }
    const { waiting } = lane
    const answered = new Promise<A | undefined>((resolve, reject) => waiting.push({ question, resolve, reject }))
    if (!lane.isRunning) {
      lane.isRunning = true
      // What is asked in this same turn of the event loop goes along.
      queueMicrotask(() => void this.#run(workspaceId, lane))
    }
    return answered
  }

  async #run(workspaceId: string, lane: Lane<Q, A>): Promise<void> {
    while (lane.waiting.length > 0) {
      const asked = lane.waiting.splice(0)
      try {
        const answers = await this.#answer(
          workspaceId,
          asked.map(({ question }) => question),
        )
        const askers = new Map<Q, Asker<Q, A>[]>()
        for (const asker of asked) askers.set(asker.question, [...(askers.get(asker.question) ?? []), asker])
        for (const [question, answer] of answers) askers.get(question)?.forEach((asker) => asker.resolve(answer))
        for (const asker of asked) asker.resolve(undefined)
      } catch (error) {
        for (const asker of asked) asker.reject(error)
      }
    }
    this.#lanes.delete(workspaceId)
  }
}

interface Asker<Q, A> {
  question: Q
  resolve: (answer: A | undefined) => void
  reject: (error: unknown) => void
}

interface Lane<Q, A> {
  waiting: Asker<Q, A>[]
  isRunning: boolean
}
