import { describe, expect, test } from 'vitest'
import { TaskCutter, type TasksPlace } from '../../../src/intake/json-tasks/task-cutter.ts'

interface Cut {
  rest: string
  tasks: string[]
  isInside: boolean
  isRepeated: boolean
}

function cut(json: string, place: TasksPlace): Cut {
  const cutter = new TaskCutter(Buffer.from(json), place)
  const tasks: string[] = []
  while (!cutter.isDone) {
    const task = cutter.next()
    if (task !== undefined) tasks.push(task.bytes.toString('utf8'))
  }
  return {
    rest: cutter.rest().toString('utf8'),
    tasks,
    isInside: cutter.isInside,
    isRepeated: cutter.isRepeated,
  }
}

describe('the tasks of an object', () => {
  test.each([
    ['{"tasks":[1,2]}', '{"tasks":[]}', ['1', '2']],
    ['{"tasks":[]}', '{"tasks":[]}', []],
    ['{"tasks":[ \n ]}', '{"tasks":[]}', []],
    [
      '{"code":"a","tasks":[{"a":[1,{"b":2}]}],"sealed":true}',
      '{"code":"a","tasks":[],"sealed":true}',
      ['{"a":[1,{"b":2}]}'],
    ],
    ['{"tasks":["],[{}\\"\\\\",2]}', '{"tasks":[]}', ['"],[{}\\"\\\\"', '2']],
    [' { "tasks" : [ 1 , 2 ] } ', ' { "tasks" : [] } ', [' 1 ', ' 2 ']],
    ['{"t\\u0061sks":[1]}', '{"t\\u0061sks":[]}', ['1']],
    [`{"tasks"${' '.repeat(100)}:[1]}`, `{"tasks"${' '.repeat(100)}:[]}`, ['1']],
    ['{"a":{"tasks":[1]},"b":[[2]],"tasks":[3]}', '{"a":{"tasks":[1]},"b":[[2]],"tasks":[]}', ['3']],
    ['{"a":"tasks","b":[1]}', '{"a":"tasks","b":[1]}', []],
    ['{"tasks":5}', '{"tasks":5}', []],
    ['{"tasks":{"a":[1]}}', '{"tasks":{"a":[1]}}', []],
    ['[{"tasks":[1]}]', '[{"tasks":[1]}]', []],
    ['{"tasks":["é😀"]}', '{"tasks":[]}', ['"é😀"']],
  ])('%s', (json, rest, tasks) => {
    expect(cut(json, 'body/tasks')).toMatchObject({ rest, tasks, isInside: false, isRepeated: false })
  })

  test('are reported if they occur twice', () => {
    expect(cut('{"tasks":[1],"tasks":[2]}', 'body/tasks').isRepeated).toBe(true)
  })

  test('are reported if they do not end', () => {
    expect(cut('{"tasks":[1,2', 'body/tasks').isInside).toBe(true)
  })

  test.each([
    ['a comma too many', '{"tasks":[1,]}', ['1', '']],
    ['a comma for a task', '{"tasks":[,]}', ['', '']],
    ['a brace that belongs to nothing', '{"tasks":[1}]}', ['1}']],
    ['brackets of two kinds', '{"tasks":[{"a":1]]}', ['{"a":1]']],
    ['no comma', '{"tasks":[{} {}]}', ['{} {}']],
  ])('with %s are cut into texts of which one is not JSON', (_what, json, tasks) => {
    expect(cut(json, 'body/tasks').tasks).toEqual(tasks)
  })
})

describe('the tasks of an array', () => {
  test.each([
    ['[1,[2,3]]', '[]', ['1', '[2,3]']],
    ['[]', '[]', []],
    ['\uFEFF [1]', '\uFEFF []', ['1']],
    ['{"tasks":[1]}', '{"tasks":[1]}', []],
    ['[1] [2]', '[] [2]', ['1']],
  ])('%s', (json, rest, tasks) => {
    expect(cut(json, 'body')).toMatchObject({ rest, tasks })
  })
})

test('a piece may end at any byte', () => {
  // Tasks of all lengths, so that the ends of pieces fall on every kind of byte.
  const tasks = Array.from({ length: 2000 }, (_, n) => ({ text: `${'\\"[,'.repeat(n % 97)}${'é'.repeat(n % 13)}` }))

  const found = cut(JSON.stringify({ tasks }), 'body/tasks')

  expect(found.tasks.map((text) => JSON.parse(text) as unknown)).toEqual(tasks)
})
