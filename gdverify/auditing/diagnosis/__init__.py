"""Why a gradient is wrong: explanations, simplest first, said only where they hold on fresh cases."""
