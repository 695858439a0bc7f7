package io.robusttrain.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * A folder under a name that only survives where a path is never taken for the text of a URI: it
 * has blanks, what looks like an escaped character, what looks like the start of a fragment, and
 * letters outside of ASCII.
 */
public final class OddFolder implements TempDirFactory {
  public static final String NAME = "my runs 100%25 #1 größe";

  @Override
  public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context)
      throws IOException {
    return Files.createTempDirectory(NAME);
  }
}
