/** Picks a person by typing a part of the name, the e-mail address or the telephone number. */
import { useState } from 'react'
import { ComboBox, FieldError, Input, Label, ListBox, ListBoxItem, Popover, Text } from 'react-aria-components'
import { useAnswer } from '../../api/queries.ts'
import type { UserIdentity } from '../../api/routes.ts'
import fields from '../../kit/fields.module.css'
import { useSettled } from '../../kit/settled.ts'

const SHOWN = 50

export interface PersonPickerProps {
  label: string
  name: string
  value: UserIdentity | null
  onChange: (person: UserIdentity | null) => void
}

export function PersonPicker({ label, name, value, onChange }: PersonPickerProps) {
  const [text, setText] = useState(value?.display_name ?? '')
  const search = useSettled(text)
  // Once somebody is chosen their name stands in the field: that is no search.
  const isChosen = value !== null && text === value.display_name
  const { data, isFetching, isPlaceholderData } = useAnswer(
    '/user_identities/list',
    { limit: SHOWN, ...(isChosen || search === '' ? {} : { search }) },
    { keepsPrevious: true },
  )
  const found = data?.user_identities ?? []
  // Until the answer to what was typed is here, nobody stays in the list who does not fit: Enter must not choose a stranger.
  const isStale = !isChosen && (isPlaceholderData || search !== text.trim())
  const people = isStale ? found.filter((person) => fits(person, text)) : found
  return (
    <ComboBox
      className={fields.field}
      name={name}
      items={people.map((person) => ({ id: person.user_identity_id, person }))}
      inputValue={text}
      onInputChange={setText}
      selectedKey={value?.user_identity_id ?? null}
      onSelectionChange={(key) => {
        const person = people.find(({ user_identity_id }) => user_identity_id === key) ?? null
        onChange(person)
        if (person !== null) setText(person.display_name)
      }}
      menuTrigger="focus"
      allowsEmptyCollection
      isRequired
      validate={() => (value === null ? 'Choose somebody from the list.' : null)}
    >
      <Label className={fields.label}>
        {label}
        <span aria-hidden> *</span>
      </Label>
      <Input className={fields.input} placeholder="Name, e-mail address or telephone number" />
      <Text slot="description" className={fields.hint}>
        {isFetching ? 'Searching…' : 'Type a part of the name, then choose from the list.'}
      </Text>
      <FieldError className={fields.error} />
      <Popover className={fields.popover}>
        <ListBox className={fields.list} renderEmptyState={() => <p className={fields.hint}>Nobody is found.</p>}>
          {({ id, person }: { id: string; person: UserIdentity }) => (
            <ListBoxItem id={id} textValue={person.display_name} className={fields.option}>
              <span className={fields.optionText}>
                <span>{person.display_name}</span>
                <span className={fields.hint}>
                  {person.email_address ?? person.phone_number ?? person.user_identity_key ?? ''}
                </span>
              </span>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  )
}

/** As the server searches: a part of the name, the e-mail address, the telephone number or the key. */
function fits(person: UserIdentity, text: string): boolean {
  const { display_name, full_name, email_address, phone_number, user_identity_key } = person
  const wanted = text.trim().toLowerCase()
  return [display_name, full_name, email_address, phone_number, user_identity_key].some(
    (one) => one?.toLowerCase().includes(wanted) === true,
  )
}
