console.log('about to fail')
throw new Error('there is no such thing')
