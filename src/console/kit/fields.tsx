/** Form fields. `name` is the wire's parameter: what the server finds wrong with it is shown beneath the field. */
import {
  Button as AriaButton,
  Checkbox as AriaCheckbox,
  CheckboxGroup as AriaCheckboxGroup,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Radio,
  RadioGroup as AriaRadioGroup,
  SearchField as AriaSearchField,
  Select as AriaSelect,
  SelectValue,
  Switch as AriaSwitch,
  Text,
  TextArea,
  TextField as AriaTextField,
  type CheckboxProps,
  type SwitchProps,
  type TextFieldProps as AriaTextFieldProps,
} from 'react-aria-components'
import { Check, ChevronDown, Search, X } from 'lucide-react'
import type { ReactNode } from 'react'
import list from './list.module.css'
import styles from './fields.module.css'

interface Labelled {
  label: string
  /** A sentence beneath the field. */
  hint?: ReactNode
}

function Below({ hint }: { hint: ReactNode }) {
  return (
    <>
      {hint !== undefined && (
        <Text slot="description" className={styles.hint}>
          {hint}
        </Text>
      )}
      <FieldError className={styles.error} />
    </>
  )
}

export interface TextFieldProps extends Omit<AriaTextFieldProps, 'children' | 'className' | 'style'>, Labelled {
  placeholder?: string
  /** More than one line. */
  rows?: number
  /** Numbers, ids and codes are easier to compare in equal widths. */
  isMono?: boolean
}

export function TextField({ label, hint, placeholder, rows, isMono = false, ...props }: TextFieldProps) {
  const className = `${styles.input} ${isMono ? styles.mono : ''}`
  return (
    <AriaTextField {...props} className={styles.field}>
      <Label className={styles.label}>
        {label}
        {props.isRequired === true && <span aria-hidden> *</span>}
      </Label>
      {rows === undefined ? (
        <Input className={className} placeholder={placeholder} />
      ) : (
        <TextArea className={className} placeholder={placeholder} rows={rows} />
      )}
      <Below hint={hint} />
    </AriaTextField>
  )
}

/**
 * An instant, typed as date and time of day in the zone that the label names; `useInstant` in times.ts turns it into
 * what goes over the wire.
 */
export function DateTimeField(props: Omit<TextFieldProps, 'type' | 'rows' | 'placeholder'>) {
  return <TextField {...props} type="datetime-local" />
}

export interface Option {
  id: string
  label: string
  hint?: string
}

export interface SelectProps extends Labelled {
  name?: string
  options: readonly Option[]
  value: string | null
  onChange: (id: string) => void
  placeholder?: string
  isRequired?: boolean
  isDisabled?: boolean
  isLabelHidden?: boolean
}

export function Select({
  label,
  hint,
  options,
  value,
  onChange,
  placeholder,
  isLabelHidden = false,
  ...props
}: SelectProps) {
  return (
    <AriaSelect
      {...props}
      className={styles.field}
      value={value}
      placeholder={placeholder ?? 'Choose'}
      onChange={(key) => {
        if (key !== null) onChange(String(key))
      }}
      {...(isLabelHidden ? { 'aria-label': label } : {})}
    >
      {!isLabelHidden && (
        <Label className={styles.label}>
          {label}
          {props.isRequired === true && <span aria-hidden> *</span>}
        </Label>
      )}
      <AriaButton className={styles.select}>
        <SelectValue className={styles.selected}>
          {({ defaultChildren, isPlaceholder }) =>
            isPlaceholder ? defaultChildren : options.find(({ id }) => id === value)?.label
          }
        </SelectValue>
        <ChevronDown aria-hidden size={18} />
      </AriaButton>
      <Below hint={hint} />
      <Popover className={styles.popover}>
        <ListBox items={options} className={styles.list}>
          {(option) => (
            <ListBoxItem id={option.id} textValue={option.label} className={styles.option}>
              {({ isSelected }) => (
                <>
                  <span className={styles.optionText}>
                    <span>{option.label}</span>
                    {option.hint !== undefined && <span className={styles.hint}>{option.hint}</span>}
                  </span>
                  {isSelected && <Check aria-hidden size={18} />}
                </>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  )
}

export function Checkbox({
  children,
  ...props
}: Omit<CheckboxProps, 'children' | 'className' | 'style'> & { children: ReactNode }) {
  return (
    <AriaCheckbox {...props} className={styles.choice}>
      <span className={`${list.box} ${styles.box}`} aria-hidden>
        <Check size={16} />
      </span>
      <span>{children}</span>
    </AriaCheckbox>
  )
}

export interface ChoicesProps extends Labelled {
  name?: string
  options: readonly Option[]
  isRequired?: boolean
}

/** Any number of a few. */
export function Checkboxes({
  label,
  hint,
  options,
  value,
  onChange,
  ...props
}: ChoicesProps & { value: string[]; onChange: (ids: string[]) => void }) {
  return (
    <AriaCheckboxGroup {...props} value={value} onChange={onChange} className={styles.field}>
      <Label className={styles.label}>{label}</Label>
      <div className={styles.choices}>
        {options.map((option) => (
          <Checkbox key={option.id} value={option.id}>
            {option.label}
            {option.hint !== undefined && <span className={styles.optionHint}>{option.hint}</span>}
          </Checkbox>
        ))}
      </div>
      <Below hint={hint} />
    </AriaCheckboxGroup>
  )
}

/** One of a few, all of them in sight. */
export function Radios({
  label,
  hint,
  options,
  value,
  onChange,
  ...props
}: ChoicesProps & { value: string | null; onChange: (id: string) => void }) {
  return (
    <AriaRadioGroup {...props} value={value} onChange={onChange} className={styles.field}>
      <Label className={styles.label}>{label}</Label>
      <div className={styles.choices}>
        {options.map((option) => (
          <Radio key={option.id} value={option.id} className={styles.choice}>
            <span className={`${list.box} ${styles.box} ${styles.dot}`} aria-hidden />
            <span>
              {option.label}
              {option.hint !== undefined && <span className={styles.optionHint}>{option.hint}</span>}
            </span>
          </Radio>
        ))}
      </div>
      <Below hint={hint} />
    </AriaRadioGroup>
  )
}

export function Switch({
  children,
  ...props
}: Omit<SwitchProps, 'children' | 'className' | 'style'> & { children: ReactNode }) {
  return (
    <AriaSwitch {...props} className={styles.choice}>
      <span className={styles.switch} aria-hidden />
      <span>{children}</span>
    </AriaSwitch>
  )
}

export function SearchField({
  label,
  value,
  onChange,
}: {
  label: string
  value: string
  onChange: (text: string) => void
}) {
  return (
    <AriaSearchField aria-label={label} value={value} onChange={onChange} className={styles.search}>
      <Search aria-hidden size={18} />
      <Input className={styles.searchInput} placeholder={label} />
      {value !== '' && (
        <AriaButton className={styles.clear} aria-label="Clear the search">
          <X aria-hidden size={16} />
        </AriaButton>
      )}
    </AriaSearchField>
  )
}
