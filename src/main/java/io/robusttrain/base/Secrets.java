package io.robusttrain.base;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Decides what is a secret and hides it in text that people will read or that is stored: logs, the
 * screen, error messages, run directories, reports. A secret is
 *
 * <ul>
 *   <li>the value of a key that is named like one, in {@code key=value}, {@code key: value} and
 *       {@code "key": "value"}: passwords, secrets, tokens, credentials, access, account, API and
 *       encryption keys, signatures; Hadoop's, Spark's, environment variables and query parameters
 *       alike;
 *   <li>user and password of an address: {@code s3a://key:secret@bucket/path}.
 * </ul>
 *
 * <p>It goes by names. A secret under an innocent name or alone in a sentence is not found.
 */
public final class Secrets {
  /** What stands in the place of a secret. */
  public static final String MASK = "******";

  private static final Pattern HUMP = Pattern.compile("(?<=[a-z0-9])(?=[A-Z])");
  private static final Pattern SEPARATOR = Pattern.compile("[._\\-/\\[\\]]+");

  /** Starts at the start of a word and gives nothing back: long text takes linear time. */
  private static final Pattern ADDRESS =
      Pattern.compile(
          "(?<![A-Za-z0-9+.-])([0-9+.-]*+[A-Za-z][A-Za-z0-9+.-]*+://)[^/\\s\"'<>@:]*+:[^/\\s\"'<>@]*+@");

  private static final Pattern KEY =
      Pattern.compile("(?<![\\w.\\-])([A-Za-z_][\\w.\\-]*+)[\"']?\\s*+[=:]\\s*+");
  private static final Pattern VALUE =
      Pattern.compile("\"[^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+\"|[^\\s,;&\"'<>)\\]}]++");

  /** Anywhere in a key. */
  private static final Set<String> WORDS =
      Set.of("password", "passwd", "passphrase", "secret", "credential", "credentials");

  /** At the end of a key only: {@code token.mixer} is no secret. */
  private static final Set<String> LAST_WORDS = Set.of("token", "sig", "signature", "sas");

  /** Before {@code key}. */
  private static final Set<String> KEYS = Set.of("access", "account", "api", "private", "shared");

  /** Before a {@code key} that is the last word: {@code encryption.keySizeBits} is no secret. */
  private static final Set<String> LAST_KEYS = Set.of("encryption", "provided");

  /** What a key ends in that says where a secret is, or how it is found, but not what it is. */
  private static final Set<String> NOT_ITSELF =
      Set.of("provider", "providers", "file", "path", "class", "name", "enabled", "ref");

  private Secrets() {}

  /** Whether the value of a key is a secret, going by the words of its name. */
  public static boolean isSecret(String key) {
    List<String> words =
        Arrays.stream(SEPARATOR.split(HUMP.matcher(key).replaceAll("-"), -1))
            .map(word -> word.toLowerCase(Locale.ROOT))
            .toList();
    String last = words.get(words.size() - 1);
    if (NOT_ITSELF.contains(last) || pointsToSecret(words)) {
      return false;
    }
    for (int i = 0; i < words.size(); i++) {
      boolean keyOfKind = i > 0 && words.get(i).equals("key") && KEYS.contains(words.get(i - 1));
      if (keyOfKind || WORDS.contains(words.get(i))) {
        return true;
      }
    }
    boolean lastKey =
        words.size() > 1 && last.equals("key") && LAST_KEYS.contains(words.get(words.size() - 2));
    return lastKey || LAST_WORDS.contains(last);
  }

  /** {@code spark.kubernetes.driver.secretKeyRef.VARIABLE}, whose value is a name and a key. */
  private static boolean pointsToSecret(List<String> words) {
    int at = words.indexOf("ref");
    return at > 1 && words.get(at - 1).equals("key") && words.get(at - 2).equals("secret");
  }

  /** The text with a mask in the place of each secret; null stays null. */
  public static String masked(String text) {
    if (text == null) {
      return null;
    }
    String addresses = ADDRESS.matcher(text).replaceAll("$1" + MASK + "@");
    Matcher keys = KEY.matcher(addresses);
    Matcher value = VALUE.matcher(addresses);
    StringBuilder out = new StringBuilder();
    int copied = 0;
    // A value that is no secret may be a pair: --conf spark.executorEnv=TOKEN=x,
    // url=https://a?sig=b.
    for (int from = 0; keys.find(from); from = Math.max(keys.end(), copied)) {
      value.region(keys.end(), addresses.length());
      if (isSecret(keys.group(1)) && value.lookingAt()) {
        boolean quoted = value.group().startsWith("\"");
        out.append(addresses, copied, value.start()).append(quoted ? "\"" + MASK + "\"" : MASK);
        copied = value.end();
      }
    }
    return out.append(addresses, copied, addresses.length()).toString();
  }
}
