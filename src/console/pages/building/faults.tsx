/** Switches that make a system or one of its encoders fail, as real ones do. */
import { callAs } from '../../api/client.ts'
import { Button } from '../../kit/button.tsx'
import { Select } from '../../kit/fields.tsx'
import { Section } from '../../kit/page.tsx'
import { useAction } from '../../kit/use-action.ts'
import { useState } from 'react'
import type { Building, Fault, FaultName } from './data.ts'
import { useHands } from './hands.tsx'
import styles from './faults.module.css'

export const FAULTS: Readonly<Record<FaultName, string>> = {
  none: 'Works',
  offline: 'Offline',
  unauthorized: 'Refuses the login',
  slow: 'Slow',
  answer_lost: 'Loses its answers',
  busy: 'Busy',
  refuse: 'Says no',
}

const HINTS: Readonly<Record<FaultName, string>> = {
  none: 'What waited is done at once',
  offline: 'It cannot be reached, to read or to write',
  unauthorized: 'Its login is wrong, to read or to write',
  slow: 'What has an effect takes 2 s longer',
  answer_lost: 'The effect happens, its answer does not come',
  busy: 'It asks to come back later',
  refuse: 'It refuses what is asked',
}

const OPTIONS = (Object.keys(FAULTS) as FaultName[]).map((id) => ({ id, label: FAULTS[id], hint: HINTS[id] }))
const TIMES = [
  { id: 'always', label: 'Until it is mended' },
  { id: '1', label: 'The next time' },
  { id: '3', label: 'The next 3 times' },
]

export function Faults({ building }: { building: Building }) {
  const { acs_system_id, name } = building.system
  const hands = useHands()
  const { run, isPending } = useAction()
  const [times, setTimes] = useState('always')
  const { faults } = building.state
  const set = (fault: FaultName, what: string, more: object): void =>
    run(async () => {
      const often = fault === 'none' || times === 'always' ? {} : { times: Number(times) }
      await callAs('/sandbox/systems/set_fault', { acs_system_id, fault, ...often, ...more })
      hands.tell({ tone: fault === 'none' ? 'good' : 'bad', text: `${what}: ${FAULTS[fault].toLowerCase()}.` })
      await hands.lookAgain()
    })
  const rows = [
    { id: null, label: name },
    ...building.encoders.map((encoder) => ({
      id: encoder.acs_encoder_id,
      label: encoder.display_name,
    })),
  ]
  return (
    <Section
      title="Faults"
      actions={
        faults.length > 0 && (
          <Button isDisabled={isPending} onPress={() => set('none', name, {})}>
            Mend all
          </Button>
        )
      }
    >
      <Select label="A fault that is set strikes" options={TIMES} value={times} onChange={setTimes} />
      {rows.map(({ id, label }) => {
        const fault = faults.find((one) => one.acs_encoder_id === id)
        return (
          <div key={id ?? 'system'}>
            <Select
              label={`Fault of ${label}`}
              options={OPTIONS}
              value={fault?.fault ?? 'none'}
              isDisabled={isPending}
              onChange={(chosen) => set(chosen as FaultName, label, id === null ? {} : { acs_encoder_id: id })}
            />
            {fault?.times != null && <p className={styles.left}>{leftOf(fault)}</p>}
          </div>
        )
      })}
    </Section>
  )
}

function leftOf({ times }: Fault): string {
  return times === 1 ? 'Strikes once more' : `Strikes ${String(times)} times more`
}
