/** A door's keypad, to be typed on with the finger or with the keyboard's digits. */
import { useState } from 'react'
import { Button as AriaButton, Form } from 'react-aria-components'
import { Delete } from 'lucide-react'
import type { AcsEntrance } from '../../api/routes.ts'
import { Button } from '../../kit/button.tsx'
import { Dialog, DialogActions } from '../../kit/dialog.tsx'
import { TextField } from '../../kit/fields.tsx'
import { holderOf, type Building } from './data.ts'
import { useHands } from './hands.tsx'
import { announce, type Attempt } from './reasons.ts'
import styles from './keypad.module.css'

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0']

export function KeypadDialog({
  building,
  entrance,
  onClose,
}: {
  building: Building
  entrance: AcsEntrance
  onClose: () => void
}) {
  return (
    <Dialog title={`Keypad of ${entrance.display_name}`} isOpen onClose={onClose} size="small">
      <Keypad building={building} entrance={entrance} onClose={onClose} />
    </Dialog>
  )
}

function Keypad({ building, entrance, onClose }: { building: Building; entrance: AcsEntrance; onClose: () => void }) {
  const hands = useHands()
  const [code, setCode] = useState('')
  const [isPending, setPending] = useState(false)
  const [attempt, setAttempt] = useState<Attempt | null>(null)
  const known = codesOf(building)
  const enter = async (): Promise<void> => {
    if (code === '' || isPending) return
    setPending(true)
    setAttempt(null)
    setAttempt(await hands.enterCode(entrance.acs_entrance_id, code))
    setPending(false)
    setCode('')
  }
  return (
    <Form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault()
        void enter()
      }}
    >
      <TextField
        label="Code"
        value={code}
        onChange={(text) => setCode(text.replaceAll(/[^0-9#*]/g, ''))}
        inputMode="numeric"
        autoComplete="off"
        isMono
        autoFocus
      />
      <div className={styles.keys}>
        {KEYS.map((key) => (
          <AriaButton key={key} className={styles.key} onPress={() => setCode((before) => before + key)}>
            {key}
          </AriaButton>
        ))}
        <AriaButton
          className={styles.key}
          aria-label="Delete the last digit"
          onPress={() => setCode((before) => before.slice(0, -1))}
        >
          <Delete aria-hidden size={20} />
        </AriaButton>
      </div>
      <p role="status" className={attempt === null ? '' : attempt.opened ? styles.good : styles.bad}>
        {attempt === null ? '' : announce(entrance.display_name, attempt)}
      </p>
      {known.length > 0 && (
        <div>
          <h3>Codes that people know</h3>
          <ul className={styles.known}>
            {known.map(({ id, name, code: theirs }) => (
              <li key={id}>
                <span>{name}</span>
                <AriaButton className={styles.typed} onPress={() => setCode(theirs)}>
                  <span className="visually-hidden">{`Type the code of ${name}: `}</span>
                  <code>{theirs}</code>
                </AriaButton>
              </li>
            ))}
          </ul>
        </div>
      )}
      <DialogActions>
        <Button onPress={onClose}>Done</Button>
        <Button type="submit" look="primary" isPending={isPending} isDisabled={code === ''}>
          Enter
        </Button>
      </DialogActions>
    </Form>
  )
}

export interface KnownCode {
  id: string
  name: string
  code: string
}

/** Every code that was issued in this system, and who knows it. */
export function codesOf({ credentials, users }: Building): KnownCode[] {
  return [...credentials.values()].flatMap((credential) =>
    credential.code == null || credential.code === ''
      ? []
      : [
          {
            id: credential.acs_credential_id,
            name: holderOf(credential, users) ?? credential.display_name,
            code: credential.code,
          },
        ],
  )
}
