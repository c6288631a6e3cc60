/** What a Chromium adds to whatever it asks for. */
export const BROWSER_HEADERS = [
  "Connection: keep-alive",
  'sec-ch-ua: "Chromium";v="143", "Not A(Brand";v="24"',
  "sec-ch-ua-mobile: ?0",
  'sec-ch-ua-platform: "Windows"',
  "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Accept-Language: en-GB,en;q=0.9,de;q=0.8",
] as const;
