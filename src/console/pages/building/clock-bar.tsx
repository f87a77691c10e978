/** The workspace's clock: what time it is at the property, and how to make it later. */
import { useEffect, useMemo, useState } from 'react'
import { Slider, SliderOutput, SliderThumb, SliderTrack, Label } from 'react-aria-components'
import { Pause, Play } from 'lucide-react'
import { useQueryClient } from '@tanstack/react-query'
import { callAs } from '../../api/client.ts'
import { invalidateKinds } from '../../api/queries.ts'
import { Button } from '../../kit/button.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { DateTimeField } from '../../kit/fields.tsx'
import { ActionForm, textOf } from '../../kit/form.tsx'
import { ErrorText } from '../../kit/problem.tsx'
import { Spinner } from '../../kit/spinner.tsx'
import { toInstant, toLocal } from '../../kit/times.ts'
import { boundariesOf, jumpsOf, runningNow, settleAt, sliderOf } from './clock.ts'
import { holderOf, useClock, type Building, type Clock } from './data.ts'
import { useHands } from './hands.tsx'
import { showMoment } from './moments.ts'
import styles from './clock-bar.module.css'

export function ClockBar({ building }: { building: Building }) {
  const { data, error } = useClock()
  if (data === undefined)
    return (
      <div className={styles.bar}>
        {error === null ? <Spinner label="Loading the clock" /> : <ErrorText error={error} />}
      </div>
    )
  return <ClockOf building={building} clock={data} />
}

/** The browser's time, once a second. */
function useBrowserNow(): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  return now
}

function ClockOf({ building, clock }: { building: Building; clock: Clock }) {
  const hands = useHands()
  const client = useQueryClient()
  const now = runningNow(clock, useBrowserNow())
  const zone = building.system.location.time_zone ?? 'Etc/UTC'
  const [target, setTarget] = useState<number | null>(null)
  const [isPending, setPending] = useState<string | null>(null)
  const [isAsking, setAsking] = useState(false)
  const { credentials, users } = building
  const things = useMemo(
    () =>
      [...credentials.values()].flatMap((credential) => {
        const name = holderOf(credential, users)
        return name === null ? [] : [{ name, times: { starts_at: credential.starts_at, ends_at: credential.ends_at } }]
      }),
    [credentials, users],
  )
  // The slider's ends stay where they are while the clock goes on, so that it does not slip from under the finger.
  const minute = Math.floor(now / 60_000) * 60_000
  const slider = useMemo(() => sliderOf(boundariesOf(things), minute), [things, minute])
  const position = target === null ? slider.min : Math.max(slider.min, Math.min(slider.max, target))

  const act = async (what: string, path: `/sandbox/${string}`, params: object): Promise<void> => {
    setPending(what)
    try {
      await callAs(path, params)
      hands.tell({ tone: 'good', text: what })
      setTarget(null)
    } finally {
      setPending(null)
      // Another time changes what may be shown anywhere.
      void invalidateKinds(client, 'all')
    }
  }
  const orTell = (work: Promise<void>): void =>
    void work.catch((error: unknown) =>
      hands.tell({ tone: 'bad', text: error instanceof Error ? error.message : String(error) }),
    )
  const advance = (to: number): Promise<void> =>
    act(`It is ${showMoment(to, zone)} now.`, '/sandbox/clock/advance', { to: new Date(to).toISOString() })
  const isBusy = isPending !== null
  const chosen = target === null ? null : settleAt(slider, position)
  const boundary = slider.ahead.find(({ at }) => at === chosen)

  return (
    <section aria-label="Clock" className={styles.bar}>
      <div className={styles.row}>
        <div className={styles.now}>
          <time dateTime={new Date(now).toISOString()} className={styles.time}>
            {showMoment(now, zone)}
          </time>
          <span className={styles.soft}>{`${zone}${clock.isFrozen ? ', frozen' : ''}`}</span>
        </div>
        <div className={styles.buttons}>
          {clock.isFrozen ? (
            <Button
              icon={Play}
              isDisabled={isBusy}
              onPress={() => orTell(act('The clock runs.', '/sandbox/clock/resume', {}))}
            >
              Resume
            </Button>
          ) : (
            <Button
              icon={Pause}
              isDisabled={isBusy}
              onPress={() => orTell(act('The clock stands.', '/sandbox/clock/freeze', {}))}
            >
              Freeze
            </Button>
          )}
          {jumpsOf(things, now).map(({ id, label, to }) => (
            <Button key={id} isDisabled={isBusy || to === null} onPress={() => to !== null && orTell(advance(to))}>
              {label}
            </Button>
          ))}
          <Button isDisabled={isBusy} onPress={() => setAsking(true)}>
            To…
          </Button>
          <Button
            isDisabled={isBusy}
            onPress={() => orTell(act('Nothing that is due remains to be done.', '/sandbox/settle', {}))}
          >
            Settle
          </Button>
        </div>
      </div>
      <div className={styles.row}>
        <Slider
          className={styles.slider}
          minValue={slider.min}
          maxValue={slider.max}
          step={slider.step}
          value={position}
          isDisabled={isBusy}
          onChange={(value) => setTarget(value)}
        >
          <Label className={styles.label}>Move the time to</Label>
          <SliderOutput className={styles.output}>
            {() =>
              chosen === null
                ? 'now'
                : `${showMoment(chosen, zone, false)}${boundary === undefined ? '' : `: ${boundary.label}`}`
            }
          </SliderOutput>
          <SliderTrack className={styles.track}>
            {slider.ahead
              .filter(({ at }) => at <= slider.max)
              .map(({ at, label }) => (
                <span
                  key={at}
                  className={styles.tick}
                  title={label}
                  style={{ left: `${String(((at - slider.min) / (slider.max - slider.min)) * 100)}%` }}
                />
              ))}
            <SliderThumb className={styles.thumb} aria-label="Move the time to" />
          </SliderTrack>
        </Slider>
        <Button
          look="primary"
          isDisabled={chosen === null || chosen <= now}
          isPending={isBusy}
          onPress={() => chosen !== null && orTell(advance(Math.max(chosen, now)))}
        >
          Go there
        </Button>
      </div>
      <Dialog title="To which time?" isOpen={isAsking} onClose={() => setAsking(false)} size="small">
        <ActionForm
          submitLabel="Go there"
          onCancel={() => setAsking(false)}
          onSubmit={async (values) => {
            const text = textOf(values, 'to') ?? ''
            await advance(Date.parse(toInstant(text, zone)))
            setAsking(false)
          }}
        >
          <DateTimeField
            label={`Time (${zone})`}
            name="to"
            isRequired
            defaultValue={toLocal(new Date(minute + 3_600_000).toISOString(), zone)}
            hint="The clock does not run backwards."
          />
        </ActionForm>
      </Dialog>
    </section>
  )
}
