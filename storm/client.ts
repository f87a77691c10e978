/**
 * A caller who repeats: every change carries an Idempotency-Key, and after a broken connection or a 5xx it is sent again
 * with the same key, to whichever process answers, until there is an answer (docs/guide/repeating-requests.md).
 */
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { KEY } from './processes.ts'
import type { Random } from './random.ts'

/** The fields of answers that the storm reads. */
export interface Body {
  error?: { type: string; message: string; data?: Record<string, unknown> }
  access_grant?: Grant
  access_grants?: Grant[]
  access_method?: Method
  access_methods?: Method[]
  action_attempt?: Attempt
  space?: { space_id: string; name: string }
  webhook?: { webhook_id: string; secret: string }
  acs_systems?: { acs_system_id: string; external_type: string }[]
  acs_entrances?: { acs_entrance_id: string; display_name: string }[]
  acs_encoders?: { acs_encoder_id: string }[]
  cards?: { card_id: string; acs_credential_id: string | null; written: object | null }[]
  door_attempt?: { opened: boolean; reason: string; message: string }
  pagination?: { has_next_page: boolean; next_page_cursor: string | null }
}

export interface Grant {
  access_grant_id: string
  access_method_ids: string[]
  name: string | null
  ends_at: string | null
}

export interface Method {
  access_method_id: string
  mode: string
  is_issued: boolean
  is_encoding_required?: boolean
  code?: string | null
}

export interface Attempt {
  action_attempt_id: string
  status: 'pending' | 'success' | 'error'
  error: { type: string; message: string } | null
}

export interface Answer {
  status: number
  body: Body
  isReplayed: boolean
}

/** One change and the answer it got in the end. */
export interface Acknowledged extends Answer {
  path: string
  params: object
  key: string
  /** How often it was sent until there was an answer. */
  sent: number
}

/** No answer came within the time that every caller may expect one. */
export class NoAnswer extends Error {
  override name = 'NoAnswer'
}

const ANSWER_MS = 15_000
const PATIENCE_MS = 60_000

export class Caller {
  readonly acknowledged: Acknowledged[] = []
  /** What was wrong with an answer itself: another answer to the same key, say. */
  readonly complaints: string[] = []
  readonly #urls: () => string[]
  readonly #random: Random
  readonly #agent = new Agent({ keepAlive: true })
  /** Milliseconds of `performance.now()` of every answer to a change. */
  readonly answeredAt: number[] = []

  constructor(urls: () => string[], random: Random) {
    this.#urls = urls
    this.#random = random
  }

  /** Asks for a change until it has an answer. @throws NoAnswer */
  async change(path: string, params: object): Promise<Acknowledged> {
    const key = `storm-${this.#random.hex(20)}`
    const inTwo = this.#random.chance(0.05)
    let sent = 0
    const once = async (): Promise<Answer> =>
      this.#untilAnswered(path, params, key, () => {
        sent++
      })
    // Now and then a caller is impatient and sends it twice at the same moment: both get the one answer.
    const [answer, twin] = inTwo ? await Promise.all([once(), once()]) : [await once()]
    const done: Acknowledged = { ...answer, path, params, key, sent }
    if (twin !== undefined) this.#compare(done, twin)
    if (done.status === 200 && this.#random.chance(0.05)) this.#compare(done, await once(), true)
    this.acknowledged.push(done)
    this.answeredAt.push(performance.now())
    return done
  }

  /** Reads, repeating until there is an answer. @throws NoAnswer */
  read(path: string, params: object = {}): Promise<Answer> {
    return this.#untilAnswered(path, params, null, () => undefined)
  }

  close(): void {
    this.#agent.destroy()
  }

  #compare(first: Acknowledged, second: Answer, isRepeat = false): void {
    const about = `${first.path} with the key ${first.key}`
    if (first.status !== second.status || JSON.stringify(first.body) !== JSON.stringify(second.body)) {
      // The effect is there once, and its answer could not be made again after a crash: told so, honestly.
      if (isLost(first) || (isLost(second) && !isRepeat)) return
      this.complaints.push(
        `${about} answered ${first.status} ${JSON.stringify(first.body)} and then ${second.status} ${JSON.stringify(second.body)}`,
      )
    } else if (isRepeat && !second.isReplayed)
      this.complaints.push(`${about} was carried out again instead of being answered from memory`)
  }

  async #untilAnswered(path: string, params: object, key: string | null, onSend: () => void): Promise<Answer> {
    const deadline = performance.now() + PATIENCE_MS
    let last = 'no process to ask'
    while (performance.now() < deadline) {
      const urls = this.#urls()
      if (urls.length > 0) {
        onSend()
        try {
          const answer = await this.#send(this.#random.pick(urls), path, params, key)
          if (answer.status < 500 && answer.status !== 429) return answer
          last = `${answer.status} ${JSON.stringify(answer.body)}`
        } catch (error) {
          last = String(error)
        }
      }
      await sleep(this.#random.between(40, 160))
    }
    throw new NoAnswer(`${path} ${JSON.stringify(params)} (key ${String(key)}) got no answer in 60 s; last: ${last}`)
  }

  #send(base: string, path: string, params: object, key: string | null): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        base + path,
        {
          method: 'POST',
          agent: this.#agent,
          timeout: ANSWER_MS,
          headers: {
            'content-type': 'application/json',
            authorization: `Bearer ${KEY}`,
            ...(key === null ? {} : { 'idempotency-key': key }),
          },
        },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () => {
            try {
              const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Body
              const isReplayed = response.headers['idempotency-replayed'] === 'true'
              resolve({ status: response.statusCode ?? 0, body, isReplayed })
            } catch (error) {
              reject(error instanceof Error ? error : new Error(String(error)))
            }
          })
        },
      )
      outgoing.on('error', reject)
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer in ${ANSWER_MS} ms`)))
      outgoing.end(JSON.stringify(params))
    })
  }
}

/** The change took effect, once, and its answer could not be made again. */
export function isLost({ status, body }: Answer): boolean {
  return status === 409 && body.error?.type === 'idempotency_answer_lost'
}
