/** What lies about: cards, blank cards, phones, and the codes that people know. */
import { useState } from 'react'
import { Brain, CreditCard, Smartphone, SquareDashed } from 'lucide-react'
import type { Phone } from '../../api/routes.ts'
import { Section } from '../../kit/page.tsx'
import { holderOf, nameOfCard, type Building, type Card, type PhoneState } from './data.ts'
import { codesOf } from './keypad.tsx'
import { Thing } from './thing.tsx'
import { WrittenDialog, summaryOf } from './written.tsx'
import styles from './tray.module.css'

export function Tray({ building }: { building: Building }) {
  const { cards, phones, state } = building
  // What lies on an encoder is drawn there. Free registered cards are many and alike: they come after those of people.
  const loose = cards
    .filter((card) => card.acs_encoder_id === null)
    .sort((a, b) => rank(a) - rank(b) || (a.card_number ?? '').localeCompare(b.card_number ?? ''))
  const codes = codesOf(building)
  return (
    <>
      {state.cards !== 'none' && (
        <Section title="Cards">
          <div className={styles.things}>
            {loose.map((card) => (
              <CardThing key={card.card_id} building={building} card={card} />
            ))}
            {building.encoders.length > 0 &&
              state.card_formats.map((card_format) => (
                <Thing
                  key={card_format}
                  building={building}
                  carried={{ kind: 'blank', card_format }}
                  name={`Blank ${card_format}`}
                  icon={SquareDashed}
                >
                  A fresh one each time
                </Thing>
              ))}
            {loose.length === 0 && building.encoders.length === 0 && <p className={styles.soft}>There are no cards.</p>}
          </div>
        </Section>
      )}
      {phones.length > 0 && (
        <Section title="Phones">
          <div className={styles.things}>
            {phones.map(({ phone, state: onPhone }) => (
              <Thing
                key={phone.device_id}
                building={building}
                carried={{ kind: 'phone', device_id: phone.device_id }}
                name={nameOfPhone(phone, onPhone, building)}
                icon={Smartphone}
              >
                {keysOf(onPhone, building)}
              </Thing>
            ))}
          </div>
        </Section>
      )}
      {codes.length > 0 && (
        <Section title="Codes people know">
          <div className={styles.things}>
            {codes.map(({ id, name, code }) => (
              <Thing
                key={id}
                building={building}
                carried={{ kind: 'code', acs_credential_id: id }}
                name={`${name}’s code`}
                icon={Brain}
              >
                <code>{code}</code>
              </Thing>
            ))}
          </div>
        </Section>
      )}
    </>
  )
}

function rank(card: Card): number {
  return card.acs_credential_id !== null || card.written !== null ? 0 : 1
}

export function CardThing({ building, card }: { building: Building; card: Card }) {
  const [isLooking, setLooking] = useState(false)
  const name = nameOfCard(card, building)
  return (
    <>
      <Thing
        building={building}
        carried={{ kind: 'card', card_id: card.card_id }}
        name={name}
        icon={CreditCard}
        actions={[
          { id: 'written', label: 'What is written on it', icon: CreditCard, onAction: () => setLooking(true) },
        ]}
      >
        {summaryOf(card, building)}
      </Thing>
      <WrittenDialog building={building} card={card} name={name} isOpen={isLooking} onClose={() => setLooking(false)} />
    </>
  )
}

/** A phone is told by whose it is. */
export function nameOfPhone(
  phone: Phone,
  { user_identity_id, keys }: PhoneState,
  { users, credentials }: Pick<Building, 'users' | 'credentials'>,
): string {
  const owner = [...users.values()].find((user) => user.user_identity_id === user_identity_id)
  const byKey = keys
    .map((key) => holderOf(credentials.get(key.acs_credential_id ?? ''), users))
    .find((one) => one !== null)
  const holder = owner?.full_name ?? byKey
  const id = `…${phone.device_id.slice(-4)}`
  return holder == null ? `${phone.display_name ?? 'Phone'} ${id}` : `${holder}’s phone`
}

function keysOf({ keys }: PhoneState, { entrances }: Building): string {
  if (keys.length === 0) return 'No key of this system'
  const names = new Map(entrances.map((door) => [door.acs_entrance_id, door.display_name]))
  const doors = [
    ...new Set(keys.flatMap((key) => key.doors.map((door) => names.get(door.acs_entrance_id ?? '') ?? 'a door'))),
  ]
  const number = keys.length === 1 ? 'One key' : `${String(keys.length)} keys`
  return doors.length === 0 ? number : `${number}: ${listed(doors)}`
}

/** The first few, and how many more. */
export function listed(names: readonly string[]): string {
  return names.length <= 3 ? names.join(', ') : `${names.slice(0, 2).join(', ')} and ${String(names.length - 2)} more`
}
