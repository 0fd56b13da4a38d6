/** The part of JSON Schema that the schemas of the API use. */
export interface JsonSchema {
  title?: string
  description?: string
  type?: string
  enum?: readonly unknown[]
  const?: unknown
  default?: unknown
  items?: JsonSchema
  anyOf?: readonly JsonSchema[]
  properties?: Record<string, JsonSchema>
  patternProperties?: Record<string, JsonSchema>
  additionalProperties?: boolean | JsonSchema
  required?: readonly string[]
}

/** Writes schemas as TypeScript, and collects those that have a name. */
export class TypeWriter {
  readonly #named = new Map<string, JsonSchema>()

  /** The declarations of all named types that were written so far, in alphabetical order. */
  declarations(): string[] {
    const written = new Map<string, string>()
    for (;;) {
      const missing = [...this.#named].filter(([name]) => !written.has(name))
      if (missing.length === 0) break
      for (const [name, schema] of missing) written.set(name, this.#declare(name, schema))
    }
    return [...written].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text)
  }

  /** The type of a schema: its name, if it has one. */
  typeOf(schema: JsonSchema, indent = ''): string {
    const { title } = schema
    if (title === undefined || !isNameable(schema)) return this.#shapeOf(schema, indent)
    this.#named.set(title, schema)
    return title
  }

  #declare(name: string, schema: JsonSchema): string {
    const shape = this.#shapeOf(schema, '')
    const isInterface = schema.properties !== undefined && shape.startsWith('{')
    // The description of an enum is that of one of its uses.
    const says = schema.enum === undefined ? comment(schema, '') : ''
    return `${says}export ${isInterface ? `interface ${name} ` : `type ${name} = `}${shape}\n`
  }

  #shapeOf(schema: JsonSchema, indent: string): string {
    if (schema.const !== undefined) return literal(schema.const)
    if (schema.enum !== undefined) return schema.enum.map(literal).join(' | ')
    if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map((one) => this.typeOf(one, indent)))].join(' | ')
    switch (schema.type) {
      case 'array':
        return arrayOf(this.typeOf(schema.items ?? {}, indent))
      case 'object':
        return this.#objectOf(schema, indent)
      case 'integer':
        return 'number'
      case 'string':
      case 'number':
      case 'boolean':
      case 'null':
        return schema.type
      case undefined:
      default:
        return 'unknown'
    }
  }

  #objectOf(
    { properties = {}, patternProperties = {}, additionalProperties, required = [] }: JsonSchema,
    indent: string,
  ) {
    const [values] = Object.values(patternProperties)
    if (values !== undefined) return `Record<string, ${this.typeOf(values, indent)}>`
    const inner = `${indent}  `
    const members = Object.entries(properties).map(([name, schema]) => {
      const isRequired = required.includes(name)
      // A caller may write `x: condition ? 1 : undefined` also under exactOptionalPropertyTypes.
      const type = orUndefined(this.typeOf(schema, inner), isRequired)
      return `${comment(schema, inner)}${inner}${memberName(name)}${isRequired ? '' : '?'}: ${type}\n`
    })
    if (additionalProperties === true) members.push(`${inner}[member: string]: unknown\n`)
    if (members.length === 0) return additionalProperties === false ? 'Record<string, never>' : 'object'
    return `{\n${members.join('')}${indent}}`
  }
}

function isNameable({ properties, enum: values, anyOf, type }: JsonSchema): boolean {
  return properties !== undefined || values !== undefined || anyOf !== undefined || type === 'object'
}

function orUndefined(type: string, isRequired: boolean): string {
  return isRequired || type === 'unknown' ? type : `${type} | undefined`
}

function arrayOf(element: string): string {
  return /[ |]/.test(element) && !element.startsWith('{') ? `(${element})[]` : `${element}[]`
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value)
}

function memberName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'`
}

function comment({ description, default: fallback }: JsonSchema, indent: string): string {
  const says = description ?? ''
  const isSaid = fallback === undefined || says.includes('Default:')
  const text = isSaid ? says : `${says} Default: ${JSON.stringify(fallback)}.`.trim()
  return text === '' ? '' : `${indent}/** ${text.replaceAll('*/', '*\\/')} */\n`
}
