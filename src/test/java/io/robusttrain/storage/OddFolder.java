package io.robusttrain.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * A folder under a name that only survives where a path is taken as it is: not for the text of a
 * URI, as it has blanks, what looks like escaped characters or the start of a fragment, and letters
 * outside of ASCII; and not for a glob or a list, as it has brackets, braces and a comma.
 */
public final class OddFolder implements TempDirFactory {
  public static final String NAME = "my runs%20 100%25 #1 +[x]{a,b} größe";

  @Override
  public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context)
      throws IOException {
    return Files.createTempDirectory(NAME);
  }
}
